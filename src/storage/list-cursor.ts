/**
 * A place in a list: one element of a listpack, or of a quicklist's node. The quicklist moves it; a list that is one
 * listpack uses it with `node` NONE. Whoever iterates owns one and uses it again.
 */
import { type Handle, NONE } from "./arena.js";
import { NO_POSITION } from "./listpack.js";

export class ListCursor {
  /** The quicklist, or NONE: then `data` is the whole list. */
  root: Handle = NONE;
  node: Handle = NONE;
  /** The listpack, or the block of a large element. NONE: past the end of the list. */
  data: Handle = NONE;
  /** Of the entry in the listpack; NO_POSITION in a large element. */
  position = NO_POSITION;
  isLarge = false;

  get isAtEnd(): boolean {
    return this.data === NONE;
  }

  setEnd(): void {
    this.node = NONE;
    this.data = NONE;
    this.position = NO_POSITION;
    this.isLarge = false;
  }
}
