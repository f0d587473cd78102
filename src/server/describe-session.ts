/** The line of a session in CLIENT LIST and CLIENT INFO, with the fields and the order of Redis 7.4. */
import { shownAttribute } from "../commands/connection/client-attribute.js";
import type { SessionView } from "../commands/context.js";
import type { Server } from "./server.js";

export function describeSession(session: SessionView, server: Server): string {
  const memory = session.memory;
  const now = server.keyspace.nowMs;
  const { transaction, subscriptions, tracking } = session;
  const events = `${session.closing ? "" : "r"}${memory.unsentBytes > 0 ? "w" : ""}`;
  // One text of its own, without a list of fields: CLIENT LIST of 10,000 clients makes 10,000 of them at once.
  return (
    `id=${session.id} addr=${session.address} laddr=${session.localAddress} fd=${server.fdOf(session)}` +
    ` name=${shownAttribute(session.name)} age=${countSeconds(session.createdMs, now)}` +
    ` idle=${countSeconds(session.lastInteractionMs, now)} flags=${session.describeFlags()} db=${session.db.id}` +
    ` sub=${subscriptions.channels.count} psub=${subscriptions.patterns.count}` +
    ` ssub=${subscriptions.shardChannels.count} multi=${transaction.active ? transaction.queued : -1}` +
    ` watch=${transaction.watching} qbuf=${memory.queryBuffer} qbuf-free=${memory.queryBufferFree}` +
    ` argv-mem=${memory.args} multi-mem=${memory.multi} rbs=${memory.replyBuffer} rbp=${memory.replyBufferPeak}` +
    ` obl=${memory.replyPending} oll=${memory.outputChunks} omem=${memory.outputBytes} tot-mem=${memory.total}` +
    ` events=${events} cmd=${session.lastCommand === "" ? "NULL" : session.lastCommand} user=${session.user}` +
    ` redir=${tracking?.isOn ? tracking.redirect : -1} resp=${session.out.resp}` +
    ` lib-name=${shownAttribute(session.libName)} lib-ver=${shownAttribute(session.libVersion)}`
  );
}

/** Whole seconds from `sinceMs` to `nowMs`; 0 where the clock was set back. */
function countSeconds(sinceMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
}
