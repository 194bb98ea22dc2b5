import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { HistoryPoint } from "../api/types";
import { href } from "../route";
import { ago, moment } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { Await, Empty, Prose } from "../ui/text";

interface HistoryProps {
  scenario: string;
  type: string;
  node: string;
}

/** The values of a node, run by run. */
export function HistoryTab({ scenario, type, node }: HistoryProps) {
  const history = useApi<HistoryPoint[]>(paths.history(scenario, type, node));
  return (
    <Await loaded={history}>
      {(points) =>
        points.length === 0 ? (
          <Empty title="No run has produced a value yet.">Every run is listed here.</Empty>
        ) : (
          <ol className="history" aria-label={`History of ${node}`}>
            {points.map((point) => (
              <li key={point.run} className={point.changed ? "changed" : ""}>
                <div className="history-head">
                  <a href={href({ view: "runs", run: point.run, element: null, second: null, tab: null })}>
                    Run {point.run}
                  </a>
                  {point.status && <StatusBadge status={point.status} />}
                  {point.changed && <span className="chip">changed</span>}
                  <span className="muted" title={moment(point.started_us)}>
                    {ago(point.started_us)}, {point.author}
                  </span>
                </div>
                {point.value !== null && <code className="history-value">{point.value}</code>}
                {point.reason !== null && (
                  <p className="job-note">
                    <Prose text={point.reason} />
                  </p>
                )}
              </li>
            ))}
          </ol>
        )
      }
    </Await>
  );
}
