/** Directives of listening, connections and TLS. Read by directives.ts. */
import { guards, pending, unneeded, works } from "../effect.js";
import { bool, integer, memory, octal, oneOf, optionalText } from "../kinds.js";
import { INT_MAX, LONG_MAX, UINT_MAX } from "../numbers.js";
import { addresses, outputLimits } from "../special-kinds.js";

const MB = 1024 ** 2;

const NO_TLS = "the server speaks no TLS";
const ONE_THREAD = "one thread reads, runs and answers everything";

export const NETWORK = {
  port: works(integer(6379, 0, 65535)),
  bind: works(addresses(["*", "-::*"])),
  "bind-source-addr": pending(optionalText(), "the server connects to no other"),
  unixsocket: works(optionalText({ flags: ["immutable"] })),
  unixsocketperm: works(octal(0, 0, 0o777, { flags: ["immutable"] })),
  "protected-mode": works(bool(true)),
  timeout: works(integer(0, 0, INT_MAX)),
  "tcp-keepalive": works(integer(300, 0, INT_MAX)),
  "tcp-backlog": works(integer(511, 0, INT_MAX, { flags: ["immutable"] })),
  "socket-mark-id": pending(integer(0, 0, UINT_MAX, { flags: ["immutable"] }), "the sockets carry no mark"),
  maxclients: works(integer(10000, 1, UINT_MAX)),
  "max-new-connections-per-cycle": unneeded(
    integer(10, 1, 1000),
    "new connections are accepted between the requests of the others",
  ),
  "max-new-tls-connections-per-cycle": pending(integer(1, 1, 1000), NO_TLS),
  "proto-max-bulk-len": works(memory(512 * MB, MB, LONG_MAX)),
  "client-query-buffer-limit": works(memory(1024 * MB, MB, LONG_MAX)),
  "client-output-buffer-limit": works(
    outputLimits({
      normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
      replica: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
      pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softSeconds: 60 },
    }),
  ),
  "io-threads": unneeded(integer(1, 1, 128, { flags: ["immutable"] }), ONE_THREAD),
  "io-threads-do-reads": unneeded(bool(false, { flags: ["immutable"] }), ONE_THREAD),
};

export const TLS = {
  "tls-port": guards(integer(0, 0, 65535), "without TLS, whatever the clients send could be read on its way"),
  "tls-cluster": guards(bool(false), "without TLS, the nodes of a cluster would talk in the clear"),
  "tls-replication": guards(bool(false), "without TLS, replicas and their primary would talk in the clear"),
  "tls-auth-clients": pending(oneOf(["no", "yes", "optional"], "yes"), NO_TLS),
  "tls-prefer-server-ciphers": pending(bool(false), NO_TLS),
  "tls-session-caching": pending(bool(true), NO_TLS),
  "tls-session-cache-size": pending(integer(20480, 0, INT_MAX), NO_TLS),
  "tls-session-cache-timeout": pending(integer(300, 0, INT_MAX), NO_TLS),
  "tls-cert-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-key-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-key-file-pass": pending(optionalText({ flags: ["sensitive"] }), NO_TLS),
  "tls-client-cert-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-client-key-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-client-key-file-pass": pending(optionalText({ flags: ["sensitive"] }), NO_TLS),
  "tls-dh-params-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-ca-cert-file": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-ca-cert-dir": pending(optionalText({ flags: ["alwaysApply"] }), NO_TLS),
  "tls-protocols": pending(optionalText(), NO_TLS),
  "tls-ciphers": pending(optionalText(), NO_TLS),
  "tls-ciphersuites": pending(optionalText(), NO_TLS),
};
