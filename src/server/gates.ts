/**
 * States in which dispatch must look closer at a command: bits of Session.gates and Dispatch.gates. With both 0 - an
 * authenticated client with nothing unusual, on a server with nothing unusual - one test passes all gates.
 */

/** Of a session. */
export const GATE_UNAUTHENTICATED = 1;
export const GATE_TRANSACTION = 2;
export const GATE_REPLY_MODE = 4;
/** It listens to something: it gets pushes, and may run little else under RESP2. */
export const GATE_SUBSCRIBED = 8;
/** It follows all commands (MONITOR): it may not touch the keyspace any more. */
export const GATE_MONITORS = 16;
/** It tracks keys (CLIENT TRACKING): what it reads is remembered, and messages come behind its replies. */
export const GATE_TRACKING = 32;
/** Others that track keys have their messages sent to it. */
export const GATE_REDIRECTED = 64;

/** Of the server. */
export const GATE_LOADING = 1;
export const GATE_MAXMEMORY = 2;
export const GATE_PAUSED = 4;
export const GATE_MONITORED = 8;
export const GATE_BUSY = 16;
/** maxmemory-clients is exceeded: somebody has to go before the next command. */
export const GATE_CLIENT_MEMORY = 64;
/** Clients may have cached more keys than tracking-table-max-keys: some have to be forgotten before the next command. */
export const GATE_TRACKING_TABLE = 128;
