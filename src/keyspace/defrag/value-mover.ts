/**
 * What a type offers so that its values' blocks can move: see defrag.ts. One mover a type, all in this folder. A step moves
 * some blocks and corrects the one reference to each; between the steps of a large value commands may change it, so a
 * step trusts nothing in the cursor that it cannot check. What it misses so stays where it is until the next round.
 */
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { Record } from "../record.js";

/** Where the next step of a value goes on; what the fields mean is the mover's. */
export class MoveCursor {
  phase = 0;
  position = 0;
  inner = 0;
  root: Handle = NONE;
  readonly id = new Id();

  reset(): void {
    this.phase = 0;
    this.position = 0;
    this.inner = 0;
    this.root = NONE;
    this.id.setMin();
  }
}

export interface ValueMover {
  /** Moves some blocks of the record's value, which has some, from the cursor on; true when it is through. */
  step(record: Record, cursor: MoveCursor): boolean;
}
