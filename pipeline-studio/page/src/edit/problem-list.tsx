import type { DraftProblem } from "../api/types";
import { plural } from "../ui/format";
import { Icon } from "../ui/icons";
import { Prose } from "../ui/text";

interface ProblemListProps {
  problems: DraftProblem[];
  path: string;
  onSelect: (element: string) => void;
}

/** The errors and warnings of the file, each with a link to its element. */
export function ProblemList({ problems, path, onSelect }: ProblemListProps) {
  const errors = problems.filter((problem) => !problem.warning).length;
  const warnings = problems.length - errors;
  return (
    <section className="problems" aria-label="Problems" aria-live="polite">
      <h2>
        {problems.length === 0 ? (
          <>
            <Icon name="check" /> No problems
          </>
        ) : (
          [errors > 0 ? plural(errors, "error") : "", warnings > 0 ? plural(warnings, "warning") : ""]
            .filter((part) => part !== "")
            .join(", ")
        )}
      </h2>
      <ul>
        {problems.map((problem, index) => {
          const { element, message, line, column, warning } = problem;
          return (
            <li key={index} className={warning ? "is-warning" : "is-error"}>
              <Icon name={warning ? "warning" : "cross"} />
              <span className="visually-hidden">{warning ? "Warning: " : "Error: "}</span>
              {element === null ? (
                <span>
                  <Prose text={message} />
                </span>
              ) : (
                <button type="button" className="link-button" onClick={() => onSelect(element)}>
                  <Prose text={message} />
                </button>
              )}
              <code className="muted">
                {path}:{line}:{column}
              </code>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
