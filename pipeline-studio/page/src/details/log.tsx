import type { LogLine } from "../api/types";
import { clock } from "../ui/format";

export function LogLines({ lines, label }: { lines: (LogLine & { job?: string })[]; label: string }) {
  if (lines.length === 0) return <p className="muted">Nothing was logged.</p>;
  return (
    <div className="log" role="log" aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        <div key={index} className={`log-line level-${line.level.toLowerCase()}`}>
          <time>{clock(line.at_us)}</time>
          <span className="log-level">{line.level}</span>
          {line.job !== undefined && <span className="log-job">{line.job}</span>}
          <span className="log-text">{line.text}</span>
        </div>
      ))}
    </div>
  );
}
