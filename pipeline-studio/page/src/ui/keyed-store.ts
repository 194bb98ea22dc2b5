import { useCallback, useSyncExternalStore } from "react";

/** Values by key. A change notifies only the listeners of its key, so that one node of many is rendered again. */
export class KeyedStore<T> {
  private values = new Map<string, T>();
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(private readonly same: (a: T | undefined, b: T | undefined) => boolean = Object.is) {}

  get(key: string): T | undefined {
    return this.values.get(key);
  }

  /** Replaces all values. */
  set(next: Map<string, T>): void {
    const before = this.values;
    const kept = new Map<string, T>();
    const changed: string[] = [];
    for (const [key, value] of next) {
      const old = before.get(key);
      if (before.has(key) && this.same(old, value)) kept.set(key, old as T);
      else {
        kept.set(key, value);
        changed.push(key);
      }
    }
    for (const key of before.keys()) if (!next.has(key)) changed.push(key);
    this.values = kept;
    for (const key of changed) this.listeners.get(key)?.forEach((listener) => listener());
  }

  subscribe(key: string, listener: () => void): () => void {
    const found = this.listeners.get(key) ?? new Set();
    this.listeners.set(key, found);
    found.add(listener);
    return () => {
      found.delete(listener);
      if (found.size === 0) this.listeners.delete(key);
    };
  }
}

export function useKeyed<T>(store: KeyedStore<T>, key: string): T | undefined {
  return useSyncExternalStore(
    useCallback((listener: () => void) => store.subscribe(key, listener), [store, key]),
    useCallback(() => store.get(key), [store, key]),
  );
}
