/** The bitmap family: one line a command. */
import type { CommandSpec } from "../define.js";
import { bitcount } from "./bitcount.js";
import { bitfield, bitfieldRo } from "./bitfield.js";
import { bitop } from "./bitop.js";
import { bitpos } from "./bitpos.js";
import { getbit } from "./getbit.js";
import { setbit } from "./setbit.js";

export const BITMAP_COMMANDS: readonly CommandSpec[] = [bitcount, bitfield, bitfieldRo, bitop, bitpos, getbit, setbit];
