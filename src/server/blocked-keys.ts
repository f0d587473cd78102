/**
 * The keys that blocked sessions wait for, each with its queue in order of arrival. Used by blocking.ts, which decides
 * who is served; a look-up costs one hash of the key and no string. A marked link is a waiter who is also served when
 * the key is not there.
 */
import type { BlockRequest } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import { InterestSet } from "../keyspace/interests/interest-set.js";
import { KeyInterests } from "../keyspace/interests/key-interests.js";
import type { Args } from "../resp/args.js";
import type { Session } from "./session.js";
import { NOT_TIMED, type Timed } from "./timeout-heap.js";

/** A session that waits, and for what. */
export class Waiter implements Timed {
  readonly session: Session;
  readonly request: BlockRequest;
  /** The command to run again, in memory of its own. */
  readonly args: Args;
  readonly keys = new InterestSet<Waiter>(this);
  readonly deadline: number;
  place = NOT_TIMED;

  /** `previous`: the wait that this one goes on with. Its deadline holds, and its copy of the command. */
  constructor(session: Session, request: BlockRequest, previous: Waiter | null) {
    const { args } = request;
    this.session = session;
    this.request = request;
    this.args = previous !== null && args === previous.args ? args : args.clone();
    this.deadline = previous === null ? request.deadline : previous.deadline;
  }

  /** What it takes, about. */
  get bytes(): number {
    return this.args.bytes.length + this.args.offsets.byteLength + this.keys.bytes;
  }
}

/** A key's flag: it is in the list of keys to look at after the present command. It stays until it was looked at. */
export const FLAG_LISTED = 1;
/** It concerns all who wait for its type, not only those who are also served when the key goes. */
export const FLAG_READY = 2;

export class BlockedKeys extends KeyInterests<Waiter> {
  /** How many keys are waited for by somebody who is served when the key goes, too. */
  get sizeWithoutKey(): number {
    return this.markedSize;
  }

  /** Puts a waiter at the end of the queue of one of its keys. */
  wait(waiter: Waiter, db: Database, args: Args, i: number): void {
    const isMarked = waiter.request.withoutKey ?? false;
    this.add(waiter.keys, db.id, args.view, args.start(i), args.byteLength(i), isMarked);
  }
}
