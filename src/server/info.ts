/** INFO's text. */
import type { Server } from "./server.js";

export class Info {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  render(_sections: readonly string[]): string {
    return `# Server\r\nredis_version:7.4.1\r\nprocess_id:${process.pid}\r\nuptime:${this.#server.startedMs}\r\n`;
  }
}
