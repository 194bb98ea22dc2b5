import { type ReactNode, useId, useState } from "react";
import { messageOf } from "../api/client";
import { Prose } from "../ui/text";

interface CommitFieldProps {
  label: string;
  value: string;
  /** Rejects with the error that is shown below the field. */
  onCommit: (value: string) => Promise<unknown>;
  children: (field: FieldProps) => ReactNode;
}

export interface FieldProps {
  id: string;
  value: string;
  invalid: boolean;
  describedBy: string | undefined;
  onChange: (value: string) => void;
  onCommit: (value?: string) => void;
}

/** A field that commits its value on Enter or blur, and shows an error below if the value is rejected. */
export function CommitField({ label, value, onCommit, children }: CommitFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const commit = async (next: string | null) => {
    if (next === null || next === value) {
      setTyped(null);
      setProblem(null);
      return;
    }
    try {
      await onCommit(next);
      setTyped(null);
      setProblem(null);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <div
      className="field"
      onBlur={() => void commit(typed)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !(event.target instanceof HTMLTextAreaElement)) void commit(typed);
        else if (event.key === "Escape" && typed !== null) {
          event.stopPropagation();
          setTyped(null);
          setProblem(null);
        }
      }}
    >
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        value: typed ?? value,
        invalid: problem !== null,
        describedBy: problem === null ? undefined : `${id}-error`,
        onChange: setTyped,
        onCommit: (next) => void commit(next ?? typed),
      })}
      {problem !== null && (
        <p className="field-error" id={`${id}-error`} role="alert">
          <Prose text={problem} />
        </p>
      )}
    </div>
  );
}

export function TextCommitField({ label, value, onCommit }: Omit<CommitFieldProps, "children">) {
  return (
    <CommitField label={label} value={value} onCommit={onCommit}>
      {(field) => (
        <input
          id={field.id}
          type="text"
          spellCheck={false}
          autoComplete="off"
          value={field.value}
          aria-invalid={field.invalid || undefined}
          aria-describedby={field.describedBy}
          onChange={(event) => field.onChange(event.target.value)}
        />
      )}
    </CommitField>
  );
}

export function DocsCommitField({ label, value, onCommit }: Omit<CommitFieldProps, "children">) {
  return (
    <CommitField label={label} value={value} onCommit={onCommit}>
      {(field) => (
        <textarea
          id={field.id}
          rows={3}
          value={field.value}
          aria-invalid={field.invalid || undefined}
          aria-describedby={field.describedBy}
          onChange={(event) => field.onChange(event.target.value)}
        />
      )}
    </CommitField>
  );
}
