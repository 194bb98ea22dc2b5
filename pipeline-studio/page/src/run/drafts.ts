import { useSyncExternalStore } from "react";

/** Values typed into the inputs of a scenario that are not saved yet. */
export type Drafts = Readonly<Record<string, string>>;

const NONE: Drafts = {};
const MOST_SCENARIOS = 20;

const drafts = new Map<string, Drafts>();
const listeners = new Set<() => void>();

export const draftKey = (type: string, scenario: string | null): string => `${type}\n${scenario ?? ""}`;

export function setDrafts(key: string, next: Drafts): void {
  drafts.delete(key);
  if (Object.keys(next).length > 0) drafts.set(key, next);
  for (const oldest of [...drafts.keys()].slice(0, Math.max(0, drafts.size - MOST_SCENARIOS))) drafts.delete(oldest);
  listeners.forEach((listener) => listener());
}

export function setDraft(key: string, node: string, text: string | null): void {
  const { [node]: _, ...rest } = drafts.get(key) ?? NONE;
  setDrafts(key, text === null ? rest : { ...rest, [node]: text });
}

export function useDrafts(key: string): Drafts {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => drafts.get(key) ?? NONE,
  );
}
