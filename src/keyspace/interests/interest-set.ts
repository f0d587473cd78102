/** The keys that one owner has an interest in: its side of key-interests.ts, which fills and empties it. */
import { type Handle, NONE } from "../../storage/arena.js";
import { HandleMap } from "../../storage/handle-map.js";

export class InterestSet<Owner> {
  readonly owner: Owner;
  /** Its place in the table's list of owners; -1 while it has no keys. */
  slot = -1;
  /** What its keys and links take, each key as if nobody else had it. */
  blockBytes = 0;
  /** Most owners have one key: that one needs no map. */
  #key: Handle = NONE;
  #link: Handle = NONE;
  #more: HandleMap | null = null;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  /** How many keys. */
  get size(): number {
    return (this.#key === NONE ? 0 : 1) + (this.#more?.size ?? 0);
  }

  /** All that its keys take: blocks in the arena, and the map of its own. */
  get bytes(): number {
    return this.blockBytes + (this.#more?.byteLength ?? 0);
  }

  /** The link to the key's record, or NONE. */
  find(key: Handle): Handle {
    if (key === this.#key) return this.#link;
    return this.#more === null ? NONE : this.#more.get(key);
  }

  add(key: Handle, link: Handle): void {
    if (this.#key === NONE) {
      this.#key = key;
      this.#link = link;
      return;
    }
    this.#more ??= new HandleMap();
    this.#more.add(key, link);
  }

  forEachLink(visit: (link: Handle) => void): void {
    if (this.#link !== NONE) visit(this.#link);
    this.#more?.forEach(visit);
  }

  clear(): void {
    this.#key = NONE;
    this.#link = NONE;
    this.#more = null;
    this.blockBytes = 0;
  }
}
