import type { Rect } from "../api/types";

const LARGEST = 30;
const SMALLEST = 12;
/** The width of a letter and the height of a line, relative to the font size. */
const LETTER = 0.6;
const LINE = 1.1;
const PADDING = 14;

/** The largest font size at which a name, broken after underscores and spaces, fits into its box when zoomed out. */
export function farSize(name: string, { width, height }: Rect, round: boolean): number {
  const parts = name.split(/(?<=[_ ])/);
  const room = width - PADDING - (round ? PADDING : 0);
  for (let size = LARGEST; size > SMALLEST; size -= 1) {
    const letters = Math.floor(room / (size * LETTER));
    if (parts.every((part) => part.length <= letters) && lines(parts, letters) * size * LINE <= height - 6) return size;
  }
  return SMALLEST;
}

function lines(parts: string[], letters: number): number {
  let count = 1;
  let used = 0;
  for (const part of parts) {
    if (used + part.length > letters) {
      count += 1;
      used = 0;
    }
    used += part.length;
  }
  return count;
}
