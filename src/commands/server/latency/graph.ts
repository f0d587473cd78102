/** LATENCY GRAPH's picture: one column a sample, four rows high, and under each column how long ago it was. */
import type { LatencyEvent } from "../../context.js";

const COLUMNS = 80;
const ROWS = 4;
/** How far a column reaches into a row: low, half, full. */
const MARKS = "_o#";
const FILLED = "|";

type Sample = readonly [seconds: number, ms: number];

export function drawLatency(event: LatencyEvent, nowSeconds: number): string {
  const values = event.samples.map(([, ms]) => ms);
  const high = Math.max(...values);
  const low = Math.min(...values);
  let text = `${event.name} - high ${high} ms, low ${low} ms (all time high ${event.maxMs} ms)\n${"-".repeat(COLUMNS)}\n`;
  for (let from = 0; from < event.samples.length; from += COLUMNS) {
    if (from > 0) text += "\n";
    text += drawStrip(event.samples.slice(from, from + COLUMNS), low, high, nowSeconds);
  }
  return text;
}

/** Lines of equal length: the columns, a blank one, the labels from top to bottom. */
function drawStrip(samples: readonly Sample[], low: number, high: number, nowSeconds: number): string {
  const steps = ROWS * MARKS.length;
  const range = Math.max(high - low, 1);
  const levels = samples.map(([, ms]) => Math.min(Math.floor(((ms - low) * steps) / range), steps - 1));
  const lines: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    const base = row * MARKS.length;
    lines.push(levels.map((level) => markOf(level - base)).join(""));
  }
  const labels = samples.map(([seconds]) => showAge(nowSeconds - seconds));
  const height = Math.max(...labels.map((label) => label.length));
  lines.push(" ".repeat(samples.length));
  for (let i = 0; i < height; i++) lines.push(labels.map((label) => label[i] ?? " ").join(""));
  return lines.map((line) => `${line}\n`).join("");
}

function markOf(level: number): string {
  if (level < 0) return " ";
  return MARKS[level] ?? FILLED;
}

function showAge(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}
