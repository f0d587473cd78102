// Compiled by TypeScript 5.4 against the published declarations, in every kind of resolution: check-consumers.mjs.
import { ConfigError, type ConfigOptions, Daemon, ListenError, PyRedis, type PyRedisOptions } from "pyredis";
import { DaemonError, Daemon as SameDaemon } from "pyredis/daemon";

const config: ConfigOptions = { maxmemory: "10mb", save: [900, 1] };
const options: PyRedisOptions = { config, port: 0, signal: new AbortController().signal };

class Ticker extends Daemon {
  override run(): void {
    this.ready();
  }
}

export async function main(): Promise<void> {
  await using redis = await PyRedis.create(options);
  const place: { port: number; url: string } = redis;
  const same: typeof Daemon = SameDaemon;
  const codes: (string | undefined)[] = [new ConfigError("x").code, new ListenError("x", "EACCES").code];
  console.log(place, same, codes, DaemonError, new Ticker({ name: "x" }).status().state);
  // @ts-expect-error There is no such option.
  await PyRedis.create({ prot: 1 });
}
