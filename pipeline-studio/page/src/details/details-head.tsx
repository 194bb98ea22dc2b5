import type { ReactNode } from "react";
import { go } from "../route";
import { IconButton } from "../ui/button";

interface DetailsHeadProps {
  kind: string;
  look: "data" | "task" | "group";
  name: string;
  type?: string;
  children?: ReactNode;
}

export function DetailsHead({ kind, look, name, type, children }: DetailsHeadProps) {
  return (
    <header className="details-head">
      <div className="details-title">
        <span className={`kind kind-${look}`}>{kind}</span>
        <h2>{name}</h2>
        <IconButton
          icon="close"
          label="Close details"
          keys="Esc"
          onClick={() => go({ element: null, second: null, tab: null })}
        />
      </div>
      {type !== undefined && <code className="details-type">{type}</code>}
      {children}
    </header>
  );
}

/** A link that selects an element. */
export function ElementLink({ id, children }: { id: string; children: ReactNode }) {
  return (
    <button type="button" className="link-button" onClick={() => go({ element: id, second: null, tab: null })}>
      {children}
    </button>
  );
}
