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

/** Of the server. */
export const GATE_LOADING = 1;
export const GATE_MAXMEMORY = 2;
export const GATE_PAUSED = 4;
export const GATE_MONITORED = 8;
export const GATE_BUSY = 16;
/** maxmemory-clients is exceeded: somebody has to go before the next command. */
export const GATE_CLIENT_MEMORY = 64;
