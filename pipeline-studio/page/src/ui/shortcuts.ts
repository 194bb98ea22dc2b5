import { useEffect } from "react";

/** Whether keys pressed on this element are text input, so that single keys must not act as shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), select, textarea")) &&
    // A closed combobox accepts letters, but shortcut keys still work on it.
    !target.matches("[role=combobox][aria-expanded=false]")
  );
}

/** Calls `handle` for each key pressed outside of dialogs, while the component is mounted. */
export function useKeys(handle: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
      handle(event);
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [handle]);
}
