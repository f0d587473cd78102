// The other end of what a daemon says to the system: a unix datagram socket, as the service manager, syslog and the
// journal have one.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import type { TestContext } from "node:test";
import { Notifier } from "#src/daemon/index.js";
import { type Lab, waitFor } from "./lab.js";

/** Node has none, Python does. Each message is appended to a file. */
const LISTENER = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
s.bind(sys.argv[1])
out = open(sys.argv[2], "wb", buffering=0)
out.write(b"listening\\n")
while True: out.write(s.recv(65536) + b"\\n--\\n")
`;

export class Manager {
  readonly socket: string;
  readonly #file: string;
  #child: ChildProcess | undefined;

  private constructor(lab: Lab, name: string) {
    this.socket = lab.path(name);
    this.#file = lab.path("heard");
  }

  static async start(t: TestContext, lab: Lab, name = "notify"): Promise<Manager> {
    const manager = new Manager(lab, name);
    rmSync(manager.#file, { force: true });
    manager.#child = spawn("python3", ["-c", LISTENER, manager.socket, manager.#file], { stdio: "ignore" });
    t.after(() => manager.end());
    await waitFor("the listener", () => existsSync(manager.#file) && manager.text.includes("listening"));
    return manager;
  }

  /** Its socket stays behind, without a reader. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = exitOf(child);
    child.kill("SIGKILL");
    await ended;
  }

  get text(): string {
    return readFileSync(this.#file, "latin1");
  }

  async hears(what: string, times = 1): Promise<void> {
    await waitFor(`${what} in ${this.text}`, () => this.text.split(what).length > times);
  }

  /**
   * All that was sent until now: datagrams keep their order, so what was sent before a mark has been heard when the
   * mark is.
   */
  async hearsUntil(mark: string): Promise<string> {
    if (!new Notifier({ NOTIFY_SOCKET: this.socket }).send(mark)) throw new Error("nobody listens");
    await this.hears(mark);
    return this.text;
  }
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}
