/** What the log shows of a start before anything else: who this is, where it listens, its pid. Called by main.ts. */
import { PYREDIS_VERSION } from "../base/version.js";
import { REDIS_VERSION } from "../config/redis-version.js";

export interface BannerFacts {
  readonly mode: "standalone" | "cluster";
  readonly port: number;
  readonly pid: number;
}

/** The lines in place of Redis's logo; scripts wait for ` PID: <pid>`. */
export function renderBanner({ mode, port, pid }: BannerFacts): string {
  return [
    "",
    `      /\\_/\\     pyredis ${PYREDIS_VERSION}, compatible with Redis ${REDIS_VERSION}`,
    `     ( o.o )    Running in ${mode} mode`,
    `      > ^ <     Port: ${port}`,
    `                PID: ${pid}`,
    "",
    "",
  ].join("\n");
}
