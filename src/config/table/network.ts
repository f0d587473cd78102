/** Directives of listening, connections and TLS. Read by directives.ts. */
import { bool, integer, memory, octal, oneOf, optionalText } from "../kinds.js";
import { INT_MAX, LONG_MAX, UINT_MAX } from "../numbers.js";
import { addresses, outputLimits } from "../special-kinds.js";

const MB = 1024 ** 2;

export const NETWORK = {
  port: integer(6379, 0, 65535),
  bind: addresses(["*", "-::*"]),
  "bind-source-addr": optionalText(),
  unixsocket: optionalText({ flags: ["immutable"] }),
  unixsocketperm: octal(0, 0, 0o777, { flags: ["immutable"] }),
  "protected-mode": bool(true),
  timeout: integer(0, 0, INT_MAX),
  "tcp-keepalive": integer(300, 0, INT_MAX),
  "tcp-backlog": integer(511, 0, INT_MAX, { flags: ["immutable"] }),
  "socket-mark-id": integer(0, 0, UINT_MAX, { flags: ["immutable"] }),
  maxclients: integer(10000, 1, UINT_MAX),
  "max-new-connections-per-cycle": integer(10, 1, 1000),
  "max-new-tls-connections-per-cycle": integer(1, 1, 1000),
  "proto-max-bulk-len": memory(512 * MB, MB, LONG_MAX),
  "client-query-buffer-limit": memory(1024 * MB, MB, LONG_MAX),
  "client-output-buffer-limit": outputLimits({
    normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
    replica: { hardBytes: 256 * MB, softBytes: 64 * MB, softSeconds: 60 },
    pubsub: { hardBytes: 32 * MB, softBytes: 8 * MB, softSeconds: 60 },
  }),
  "io-threads": integer(1, 1, 128, { flags: ["immutable"] }),
  "io-threads-do-reads": bool(false, { flags: ["immutable"] }),
};

export const TLS = {
  "tls-port": integer(0, 0, 65535),
  "tls-cluster": bool(false),
  "tls-replication": bool(false),
  "tls-auth-clients": oneOf(["no", "yes", "optional"], "yes"),
  "tls-prefer-server-ciphers": bool(false),
  "tls-session-caching": bool(true),
  "tls-session-cache-size": integer(20480, 0, INT_MAX),
  "tls-session-cache-timeout": integer(300, 0, INT_MAX),
  "tls-cert-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-key-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-key-file-pass": optionalText({ flags: ["sensitive"] }),
  "tls-client-cert-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-client-key-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-client-key-file-pass": optionalText({ flags: ["sensitive"] }),
  "tls-dh-params-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-ca-cert-file": optionalText({ flags: ["alwaysApply"] }),
  "tls-ca-cert-dir": optionalText({ flags: ["alwaysApply"] }),
  "tls-protocols": optionalText(),
  "tls-ciphers": optionalText(),
  "tls-ciphersuites": optionalText(),
};
