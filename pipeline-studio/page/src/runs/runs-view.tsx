import { useEffect, useState } from "react";
import { useApi } from "../api/cache";
import { isAborted, request } from "../api/client";
import { paths } from "../api/paths";
import type { RunInfo, RunStatus, ScenarioList } from "../api/types";
import { go, href, useRoute } from "../route";
import { Button, IconButton } from "../ui/button";
import { invalidate, under } from "../api/cache";
import { ago, duration, moment } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { Await, Empty } from "../ui/text";
import { toastError } from "../ui/toasts";
import { RunDetails } from "./run-details";

type RunPage = { runs: RunInfo[]; more: boolean };

const PAGE = 50;
/** Maximum number of runs in the list. Older runs can be found with a filter. */
const MOST = 500;
const STATUSES: RunStatus[] = ["running", "completed", "failed", "canceled"];

export function RunsView() {
  const route = useRoute();
  const [scenario, setScenario] = useState<string | null>(null);
  const [status, setStatus] = useState<string | null>(null);
  const scenarios = useApi<ScenarioList>(paths.scenarios(null, { limit: 500 }));
  const first = useApi<RunPage>(paths.runs({ scenario, status, limit: PAGE }));
  return (
    <main className="page split" aria-label="Runs">
      <section className="split-list" aria-label="List of runs">
        <header className="page-header">
          <h1>Runs</h1>
          <label className="inline-field">
            Scenario
            <select
              aria-label="Filter by scenario"
              value={scenario ?? ""}
              onChange={(event) => setScenario(event.target.value || null)}
            >
              <option value="">All</option>
              {scenarios.data?.scenarios.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <label className="inline-field">
            Status
            <select
              aria-label="Filter by status"
              value={status ?? ""}
              onChange={(event) => setStatus(event.target.value || null)}
            >
              <option value="">All</option>
              {STATUSES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        </header>
        <Await loaded={first}>
          {(page) =>
            page.runs.length === 0 ? (
              <Empty title="No runs">
                {scenario === null && status === null
                  ? "Press Run at the top, or start a run from the command line."
                  : "No run matches the filter."}
              </Empty>
            ) : (
              <RunList
                key={`${scenario} ${status}`}
                first={page}
                scenario={scenario}
                status={status}
                current={route.run}
              />
            )
          }
        </Await>
      </section>
      <section className="split-details" aria-label="Run details">
        {route.run === null ? (
          <Empty title="Select a run">Its jobs, timeline and log are shown here.</Empty>
        ) : (
          <RunDetails key={route.run} number={route.run} />
        )}
      </section>
    </main>
  );
}

interface RunListProps {
  first: RunPage;
  scenario: string | null;
  status: string | null;
  current: number | null;
}

function RunList({ first, scenario, status, current }: RunListProps) {
  const [older, setOlder] = useState<RunPage | null>(null);
  const [before, setBefore] = useState<number | null>(null);
  const last = older?.runs.at(-1)?.run ?? first.runs.at(-1)?.run ?? null;

  useEffect(() => {
    if (before === null) return;
    const controller = new AbortController();
    const path = paths.runs({ scenario, status, limit: PAGE, before });
    request<RunPage>("GET", path, undefined, controller.signal).then(
      (page) => {
        setOlder((known) => ({ runs: [...(known?.runs ?? []), ...page.runs], more: page.more }));
        setBefore(null);
      },
      (error: unknown) => {
        if (!isAborted(error)) toastError(error);
      },
    );
    return () => controller.abort();
  }, [before, scenario, status]);

  const seen = new Set(first.runs.map((run) => run.run));
  const runs = [...first.runs, ...(older?.runs ?? []).filter((run) => !seen.has(run.run))];
  const more = (older ?? first).more && runs.length < MOST;
  const pin = (run: RunInfo) =>
    request("PUT", paths.pin(run.run), { pinned: !run.pinned }).then(() => invalidate(under("/runs")), toastError);
  return (
    <>
      <table className="list-table selectable">
        <caption className="visually-hidden">Runs, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Scenario</th>
            <th scope="col">Status</th>
            <th scope="col">Started</th>
            <th scope="col" className="number">
              Duration
            </th>
            <th scope="col">
              <span className="visually-hidden">Pinned</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.run} className={run.run === current ? "current" : ""} onClick={() => go({ run: run.run })}>
              <td>
                <a
                  href={href({ run: run.run })}
                  aria-label={`Run ${run.run}`}
                  aria-current={run.run === current}
                  onClick={(event) => event.stopPropagation()}
                >
                  {run.run}
                </a>
              </td>
              <td>{run.scenario}</td>
              <td>
                <StatusBadge status={run.status} />
              </td>
              <td className="muted" title={`${moment(run.started_us)} by ${run.author}`}>
                {ago(run.started_us)}
              </td>
              <td className="number">{run.status === "running" ? "" : duration(run.wall_us)}</td>
              <td>
                <IconButton
                  icon="pin"
                  className={run.pinned ? "on" : ""}
                  label={run.pinned ? `Unpin run ${run.run}` : `Pin run ${run.run}`}
                  aria-pressed={run.pinned}
                  onClick={(event) => {
                    event.stopPropagation();
                    void pin(run);
                  }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more && (
        <Button disabled={before !== null} onClick={() => setBefore(last)}>
          Show older runs
        </Button>
      )}
    </>
  );
}
