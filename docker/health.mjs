// The container's health check: 0 if the server answers PING within two seconds, also with "not yet" (loading, no
// password given): it lives. 1 otherwise. PORT or SOCKET names another place than 6379.
import { createConnection } from "node:net";

const TIMEOUT_MS = 2000;
const where = process.env.SOCKET
  ? { path: process.env.SOCKET }
  : { host: "127.0.0.1", port: Number(process.env.PORT ?? 6379) };
const socket = createConnection(where, () => socket.write("PING\r\n"));

function end(code, why) {
  if (why !== "") console.error(why);
  process.exit(code);
}

socket.setTimeout(TIMEOUT_MS, () => end(1, "no answer in time"));
socket.on("error", (error) => end(1, error.message));
socket.on("close", () => end(1, "closed without an answer"));
socket.on("data", (data) => {
  const answer = data.toString("latin1");
  end(/^(\+PONG|-NOAUTH|-LOADING|-MASTERDOWN)/.test(answer) ? 0 : 1, answer.startsWith("+PONG") ? "" : answer);
});
