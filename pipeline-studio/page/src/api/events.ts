import { useSyncExternalStore } from "react";
import { paths } from "./paths";
import type { StudioEvent } from "./types";

type Listener = (event: StudioEvent) => void;
export type Connection = "connecting" | "open" | "lost";

/** A hidden tab closes its connection after this time: browsers limit the number of connections per server. */
const HIDDEN_MS = 60_000;
const RETRY_MS = 3_000;
/** A first `hello` within this time is ignored: the page is loading all data anyway. */
const START_MS = 2_000;

const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let connection: Connection = "connecting";
let source: EventSource | null = null;
let timer: number | undefined;
let greeted = false;
let startedAt = 0;

function setConnection(next: Connection): void {
  connection = next;
  watchers.forEach((watcher) => watcher());
}

function open(): void {
  window.clearTimeout(timer);
  if (source) return;
  source = new EventSource(paths.events());
  source.onopen = () => setConnection("open");
  source.onmessage = (message: MessageEvent<string>) => {
    const event = JSON.parse(message.data) as StudioEvent;
    const first = event.event === "hello" && !greeted;
    greeted = true;
    if (first && performance.now() - startedAt < START_MS) return;
    listeners.forEach((listener) => listener(event));
  };
  source.onerror = () => {
    setConnection("lost");
    // The browser reconnects by itself, except after an error response.
    if (source?.readyState === EventSource.CLOSED) {
      close();
      timer = window.setTimeout(open, RETRY_MS);
    }
  };
}

function close(): void {
  source?.close();
  source = null;
}

/** Opens this tab's event stream. */
export function connect(): void {
  startedAt = performance.now();
  open();
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") open();
    else timer = window.setTimeout(close, HIDDEN_MS);
  });
}

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => connection,
  );
}
