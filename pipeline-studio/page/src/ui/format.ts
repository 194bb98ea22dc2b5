import type { Exact } from "../api/types";

/** A duration with three significant digits: 78 ms, 2.4 s, 3 min 20 s. */
export function duration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${digits(us / 1_000)} ms`;
  if (us < 60_000_000) return `${digits(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : digits(value)} ${units[unit]}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? trim(value.toFixed(1)) : trim(value.toFixed(2));
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The nearest double; null for NaN. */
export function double(value: Exact | null): number | null {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  const number = value === null ? NaN : Number(value);
  return Number.isNaN(number) ? null : number;
}

/** A number in the format of the command line. */
export function figure(value: Exact | null): string {
  if (value === null) return "none";
  if (typeof value === "string") return value;
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e9 || size < 1e-4 ? value.toPrecision(5) : trim(value.toFixed(4));
}

export function percent(change: number): string {
  const value = change * 100;
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(value).toFixed(1)} %`;
}

export function moment(us: number): string {
  return new Date(us / 1_000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function clock(us: number): string {
  const date = new Date(us / 1_000);
  return `${date.toLocaleTimeString(undefined, { hour12: false })}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export function ago(us: number): string {
  const seconds = Math.max(0, Math.round(Date.now() / 1_000 - us / 1_000_000));
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days < 30 ? plural(days, "day") + " ago" : new Date(us / 1_000).toLocaleDateString();
}
