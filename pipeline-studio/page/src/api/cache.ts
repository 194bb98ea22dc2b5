import { useCallback, useRef, useSyncExternalStore } from "react";
import { ApiError, isAborted, messageOf, request } from "./client";

export interface Loaded<T> {
  data: T | undefined;
  error: ApiError | null;
  loading: boolean;
}

interface Entry {
  state: Loaded<unknown>;
  listeners: Set<() => void>;
  controller: AbortController | null;
  /** The data may be out of date: request them again once the current request has finished. */
  stale: boolean;
}

const NOTHING: Loaded<never> = { data: undefined, error: null, loading: false };
const LOADING: Loaded<never> = { data: undefined, error: null, loading: true };

/** Maximum number of unused responses kept in the cache, for going back to them. */
const MOST_IDLE = 12;

const entries = new Map<string, Entry>();

function update(entry: Entry, state: Loaded<unknown>): void {
  entry.state = state;
  entry.listeners.forEach((listener) => listener());
}

async function load(path: string, entry: Entry): Promise<void> {
  const controller = new AbortController();
  entry.controller = controller;
  entry.stale = false;
  if (!entry.state.loading) update(entry, { ...entry.state, loading: true });
  try {
    const data = await request<unknown>("GET", path, undefined, controller.signal);
    update(entry, { data, error: null, loading: false });
  } catch (error) {
    if (isAborted(error)) return;
    const problem = error instanceof ApiError ? error : new ApiError(0, "unknown", messageOf(error), [], null);
    update(entry, { data: problem.status === 0 ? entry.state.data : undefined, error: problem, loading: false });
  }
  entry.controller = null;
  if (entry.stale && entry.listeners.size > 0) void load(path, entry);
}

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (!entry) {
    entry = { state: LOADING, listeners: new Set(), controller: null, stale: true };
    entries.set(path, entry);
  }
  return entry;
}

function dropIdle(): void {
  const idle = [...entries].filter(([, entry]) => entry.listeners.size === 0);
  for (const [path, entry] of idle.slice(0, Math.max(0, idle.length - MOST_IDLE))) {
    entry.controller?.abort();
    entries.delete(path);
  }
}

function subscribe(path: string, listener: () => void): () => void {
  const entry = entryOf(path);
  // The most recently used entry is the last in the map, and is dropped last.
  entries.delete(path);
  entries.set(path, entry);
  entry.listeners.add(listener);
  if (entry.controller === null && (entry.stale || entry.state.error !== null)) void load(path, entry);
  return () => {
    entry.listeners.delete(listener);
    dropIdle();
  };
}

/** The server's response at `path`, shared by all components and requested again after {@link invalidate}. */
export function useApi<T>(path: string | null): Loaded<T> {
  const listen = useCallback((listener: () => void) => (path === null ? () => {} : subscribe(path, listener)), [path]);
  const read = useCallback(() => (path === null ? NOTHING : (entries.get(path)?.state ?? LOADING)), [path]);
  return useSyncExternalStore(listen, read) as Loaded<T>;
}

/** Keeps the last data while other data are loaded, for example for the next page of a list or another layout. */
export function useLast<T>(loaded: Loaded<T>, of: string): Loaded<T> {
  const last = useRef<{ of: string; data: T } | null>(null);
  if (loaded.data !== undefined) last.current = { of, data: loaded.data };
  if (loaded.data === undefined && loaded.error === null && last.current?.of === of) {
    return { data: last.current.data, error: null, loading: true };
  }
  return loaded;
}

/** Requests matching data again if they are in use, and drops them from the cache if not. */
export function invalidate(matches: (path: string) => boolean): void {
  for (const [path, entry] of [...entries]) {
    if (!matches(path)) continue;
    if (entry.listeners.size === 0) {
      entry.controller?.abort();
      entries.delete(path);
    } else if (entry.controller !== null) entry.stale = true;
    else void load(path, entry);
  }
}

/** Stores data that came with another response. */
export function setCached(path: string, data: unknown): void {
  const entry = entryOf(path);
  entry.controller?.abort();
  entry.controller = null;
  entry.stale = false;
  update(entry, { data, error: null, loading: false });
}

export const under =
  (...prefixes: string[]) =>
  (path: string): boolean =>
    prefixes.some((prefix) => path.startsWith(`/api${prefix}`));
