/** How INFO spells its values. Used by the sections beside this file and by MEMORY. */
import type { Server } from "../server.js";

export type Field = readonly [name: string, value: string | number];

/** The fields of one section, in Redis's order. */
export type Section = (server: Server) => Iterable<Field>;

const UNITS = ["B", "K", "M", "G", "T", "P"];

/** `1.50M`: two decimals above a kilobyte. */
export function showBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${Math.round(bytes)}B` : `${value.toFixed(2)}${UNITS[unit]}`;
}

/** A ratio with two decimals; 0.00 where there is nothing to divide by. */
export function showRatio(value: number, by: number): string {
  return (by === 0 ? 0 : value / by).toFixed(2);
}

/** Names come from clients (error codes, renamed commands): what would break a line or a field becomes `_`. */
export function safeName(name: string): string {
  return name.replace(/[#:\n\r]/g, "_");
}
