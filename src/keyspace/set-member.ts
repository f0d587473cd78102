/**
 * The member at hand while a set is walked or drawn from: bytes where they lie in the arena, or an integer, which
 * becomes text only where somebody needs that. Filled by set-cursor.ts and Sets; valid until the set changes.
 */
import { INT64_TEXT_BYTES, Int64 } from "../storage/int64.js";

export class SetMember {
  isInteger = false;
  /** Valid when isInteger. */
  readonly integer = new Int64();
  /** The text is view[start, start + length): of an integer after locate() only. */
  view: DataView;
  start = 0;
  length = 0;
  readonly #digits = new Uint8Array(INT64_TEXT_BYTES + 4);
  readonly #digitsView = new DataView(this.#digits.buffer);

  constructor() {
    this.view = this.#digitsView;
  }

  setText(view: DataView, start: number, length: number): void {
    this.isInteger = false;
    this.view = view;
    this.start = start;
    this.length = length;
  }

  setInteger(high: number, low: number): void {
    this.isInteger = true;
    this.integer.set(high, low);
  }

  /** Points view, start and length at the text of either form. */
  locate(): void {
    if (!this.isInteger) return;
    this.view = this.#digitsView;
    this.start = 0;
    this.length = this.integer.writeText(this.#digits, 0);
  }

  /** The text as bytes: a view, valid as long as the member. Allocates. */
  bytes(): Uint8Array {
    this.locate();
    return new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.length);
  }

  /** The text as bytes of their own. Allocates. */
  copy(): Uint8Array {
    return this.bytes().slice();
  }
}
