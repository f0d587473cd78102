/**
 * Chance. The only place that draws numbers: xoshiro128**, seeded from the system unless a seed is given, so that a
 * test or an embedded server can be repeated exactly. Not for secrets: those come from node:crypto.
 *
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2018).
 */
import { randomBytes } from "node:crypto";
import type { Random } from "../commands/context.js";

export class Xoshiro implements Random {
  /** The state: four signed 32-bit integers, in fields because those are the quickest to read and write. */
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed?: number) {
    const state = seed === undefined ? readSystemSeed() : spreadSeed(seed);
    this.#a = state[0] ?? 0;
    this.#b = state[1] ?? 0;
    this.#c = state[2] ?? 0;
    this.#d = state[3] ?? 0;
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
    const b = this.#b;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const c = this.#c ^ this.#a;
    const d = this.#d ^ b;
    this.#b = b ^ c;
    this.#a ^= d;
    this.#c = c ^ (b << 9);
    this.#d = (d << 11) | (d >>> 21);
    return result;
  }
}

function readSystemSeed(): Int32Array {
  const bytes = randomBytes(16);
  return Int32Array.from([0, 4, 8, 12], (at) => bytes.readInt32LE(at));
}

/** splitmix32 spreads a small seed over the state. */
function spreadSeed(seed: number): Int32Array {
  const state = new Int32Array(4);
  let mix = seed | 0;
  for (let i = 0; i < 4; i++) {
    mix = (mix + 0x9e3779b9) | 0;
    let z = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    state[i] = z ^ (z >>> 15);
  }
  return state;
}
