import { useSyncExternalStore } from "react";
import { messageOf } from "../api/client";
import { IconButton } from "./button";
import { Icon, type IconName } from "./icons";
import { Prose } from "./text";

type Kind = "info" | "success" | "warning" | "error";
interface Toast {
  id: number;
  kind: Kind;
  text: string;
}

const MOST = 4;
const LIFE_MS: Record<Kind, number> = { info: 4_000, success: 4_000, warning: 12_000, error: 20_000 };
const ICONS: Record<Kind, IconName> = { info: "info", success: "check", warning: "warning", error: "cross" };

let toasts: readonly Toast[] = [];
let next = 0;
const listeners = new Set<() => void>();

function set(all: readonly Toast[]): void {
  toasts = all;
  listeners.forEach((listener) => listener());
}

export function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

export function toast(text: string, kind: Kind = "info"): void {
  next += 1;
  const id = next;
  set(
    [
      ...toasts.filter((shown) => shown.text !== text && !(kind === "success" && shown.kind === "success")),
      { id, kind, text },
    ].slice(-MOST),
  );
  window.setTimeout(() => dismiss(id), LIFE_MS[kind]);
}

export function toastError(error: unknown): void {
  toast(messageOf(error), "error");
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied: ${text}`, "success");
  } catch {
    toast(`The browser blocked copying to the clipboard. Copy it from here: ${text}`, "warning");
  }
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite" aria-label="Messages">
      {shown.map(({ id, kind, text }) => (
        <div key={id} className={`toast toast-${kind}`}>
          <Icon name={ICONS[kind]} />
          <p>
            <Prose text={text} />
          </p>
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
