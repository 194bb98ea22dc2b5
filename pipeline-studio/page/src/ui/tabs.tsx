import { type ReactNode, useId } from "react";

export interface Tab {
  id: string;
  label: string;
  content: () => ReactNode;
}

interface TabsProps {
  label: string;
  tabs: Tab[];
  current: string | null;
  onChange: (id: string) => void;
}

export function Tabs({ label, tabs, current, onChange }: TabsProps) {
  const base = useId();
  const shown = tabs.find((tab) => tab.id === current) ?? tabs[0];
  if (!shown) return null;
  const move = (step: number) => {
    const at = (tabs.indexOf(shown) + step + tabs.length) % tabs.length;
    const next = tabs[at];
    if (!next) return;
    onChange(next.id);
    document.getElementById(`${base}-${next.id}`)?.focus();
  };
  return (
    <div className="tabs">
      <div
        className="tab-list"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") move(1);
          else if (event.key === "ArrowLeft") move(-1);
          else return;
          event.preventDefault();
        }}
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`${base}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab === shown}
            aria-controls={`${base}-panel`}
            tabIndex={tab === shown ? 0 : -1}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div
        className="tab-panel"
        id={`${base}-panel`}
        role="tabpanel"
        aria-labelledby={`${base}-${shown.id}`}
        tabIndex={0}
      >
        {shown.content()}
      </div>
    </div>
  );
}
