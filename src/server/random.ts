/**
 * Chance. The only place that draws numbers: xoshiro128**, seeded from the system unless a seed is given, so that a
 * test or an embedded server can be repeated exactly. Not for secrets: those come from node:crypto.
 *
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2018).
 */
import { randomBytes } from "node:crypto";
import type { Random } from "../commands/context.js";

export class Xoshiro implements Random {
  readonly #state = new Uint32Array(4);

  constructor(seed?: number) {
    if (seed === undefined) {
      const bytes = randomBytes(16);
      for (let i = 0; i < 4; i++) this.#state[i] = bytes.readUInt32LE(4 * i);
    } else {
      // splitmix32 spreads a small seed over the state.
      let mix = seed | 0;
      for (let i = 0; i < 4; i++) {
        mix = (mix + 0x9e3779b9) | 0;
        let z = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
        z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
        this.#state[i] = z ^ (z >>> 15);
      }
    }
  }

  below(limit: number): number {
    if (limit <= 2 ** 32) return Math.floor((this.#next() / 2 ** 32) * limit);
    return Math.floor(((this.#next() * 2 ** 21 + (this.#next() >>> 11)) / 2 ** 53) * limit);
  }

  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.#next().toString(16).padStart(8, "0");
    return text.slice(0, digits);
  }

  #next(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const c2 = c ^ a;
    const d2 = d ^ b;
    state[1] = b ^ c2;
    state[0] = a ^ d2;
    state[2] = c2 ^ (b << 9);
    state[3] = (d2 << 11) | (d2 >>> 21);
    return result;
  }
}
