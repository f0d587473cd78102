// Owns a connection to a unix datagram socket of the system (service manager, syslog, journal). Used by notifier.ts
// and system-log.ts. A message that nobody takes is lost: no daemon may hang because its log reader does.
import { closeSync } from "node:fs";
import { errnoName, nativeAddon } from "../native/addon.js";

export class DatagramSender {
  readonly #path: string;
  #fd = -1;

  constructor(path: string) {
    this.#path = path;
    this.#open();
  }

  #open(): boolean {
    this.#fd = nativeAddon()?.openDatagram(this.#path) ?? -1;
    return this.#fd >= 0;
  }

  /** Whether it went out. A reader that was restarted has a new socket under the old name: one more attempt. */
  send(message: string | Uint8Array): boolean {
    const native = nativeAddon();
    if (native === undefined || (this.#fd < 0 && !this.#open())) return false;
    const bytes = typeof message === "string" ? Buffer.from(message) : message;
    const result = native.sendDatagram(this.#fd, bytes);
    if (result === 0) return true;
    if (!["ECONNREFUSED", "ENOTCONN", "ECONNRESET"].includes(errnoName(result))) return false;
    this.close();
    return this.#open() && native.sendDatagram(this.#fd, bytes) === 0;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
