import type { ReactNode } from "react";
import { useKept } from "./kept";

const LEAST = 300;
const MOST = 900;
const STEP = 24;

/** The panel on the right. Its left edge can be dragged, or moved with the arrow keys. */
export function SidePanel({ label, children }: { label: string; children: ReactNode }) {
  const [kept, keep] = useKept("panel", 400);
  const most = Math.max(LEAST, Math.min(MOST, window.innerWidth - 420));
  const width = Math.min(most, Math.max(LEAST, kept));
  const set = (next: number) => keep(Math.round(Math.min(most, Math.max(LEAST, next))));
  return (
    <aside className="side-panel" aria-label={label} style={{ width }}>
      <div
        className="side-panel-edge"
        role="separator"
        aria-orientation="vertical"
        aria-label="Panel width"
        aria-valuenow={width}
        aria-valuemin={LEAST}
        aria-valuemax={most}
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") set(width + STEP);
          else if (event.key === "ArrowRight") set(width - STEP);
        }}
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) set(window.innerWidth - event.clientX);
        }}
        onDoubleClick={() => set(width > 500 ? 400 : 680)}
      />
      <div className="side-panel-content">{children}</div>
    </aside>
  );
}
