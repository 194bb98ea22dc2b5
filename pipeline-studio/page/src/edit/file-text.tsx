import { useMemo } from "react";
import type { DraftProblem } from "../api/types";

/** The content of the file as it would be saved. */
export function FileTextView({ text, problems }: { text: string; problems: DraftProblem[] }) {
  const lines = useMemo(() => text.replace(/\n$/, "").split("\n"), [text]);
  const faulty = new Set(problems.map((problem) => problem.line));
  return (
    <div className="file-text" role="region" aria-label="Content of the file" tabIndex={0}>
      <ol>
        {lines.map((line, index) => (
          <li key={index} className={faulty.has(index + 1) ? "faulty" : ""}>
            <code className={line.trimStart().startsWith("#") ? "comment" : ""}>{line}</code>
          </li>
        ))}
      </ol>
    </div>
  );
}
