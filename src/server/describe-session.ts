/** The line of a session in CLIENT LIST and CLIENT INFO, with the fields and the order of Redis 7.4. */
import { shownAttribute } from "../commands/connection/client-attribute.js";
import type { SessionView } from "../commands/context.js";
import type { Server } from "./server.js";

export function describeSession(session: SessionView, server: Server): string {
  const memory = session.memory;
  const now = server.clock.nowMs();
  const fields: [string, string | number][] = [
    ["id", session.id],
    ["addr", session.address],
    ["laddr", session.localAddress],
    ["fd", server.fdOf(session)],
    ["name", shownAttribute(session.name)],
    ["age", Math.floor((now - session.createdMs) / 1000)],
    ["idle", Math.max(0, Math.floor((now - session.lastInteractionMs) / 1000))],
    ["flags", session.describeFlags()],
    ["db", session.db.id],
    ["sub", session.subscriptions.channels.count],
    ["psub", session.subscriptions.patterns.count],
    ["ssub", session.subscriptions.shardChannels.count],
    ["multi", session.transaction.active ? session.transaction.queued : -1],
    ["watch", session.transaction.watching],
    ["qbuf", memory.queryBuffer],
    ["qbuf-free", memory.queryBufferFree],
    ["argv-mem", memory.args],
    ["multi-mem", memory.multi],
    ["rbs", memory.replyBuffer],
    ["rbp", memory.replyBufferPeak],
    ["obl", memory.replyPending],
    ["oll", memory.outputChunks],
    ["omem", memory.outputBytes],
    ["tot-mem", memory.total],
    ["events", `${session.closing ? "" : "r"}${memory.unsentBytes > 0 ? "w" : ""}`],
    ["cmd", session.lastCommand === "" ? "NULL" : session.lastCommand],
    ["user", session.user],
    ["redir", session.tracking?.isOn ? session.tracking.redirect : -1],
    ["resp", session.out.resp],
    ["lib-name", shownAttribute(session.libName)],
    ["lib-ver", shownAttribute(session.libVersion)],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}
