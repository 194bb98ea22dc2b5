import { type ReactNode, useEffect, useId, useRef } from "react";
import { IconButton } from "./button";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
  /** The title is read out, but not shown. */
  bare?: boolean;
}

/** A modal dialog; it is mounted while it is open. The browser keeps the focus in it and gives it back. */
export function Dialog({ title, onClose, children, className = "", bare = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => event.stopPropagation()}
      onMouseDown={(event) => {
        if (bare && event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <div className={bare ? "visually-hidden" : "dialog-header"}>
          <h2 id={heading}>{title}</h2>
          {!bare && <IconButton icon="close" label="Close" onClick={onClose} />}
        </div>
        {children}
      </div>
    </dialog>
  );
}
