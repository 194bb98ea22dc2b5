import { useEffect } from "react";

/** Is somebody typing there? Then a single key is no shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]), select, textarea")) &&
    // A list to choose from that is closed takes letters, but no shortcut's key.
    !target.matches("[role=combobox][aria-expanded=false]")
  );
}

/** `handle` gets every key that is pressed outside of dialogs, while the component is mounted. */
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
