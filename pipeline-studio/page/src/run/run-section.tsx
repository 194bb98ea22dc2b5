import { useState } from "react";
import { go, href } from "../route";
import { Button, IconButton } from "../ui/button";
import { ago, duration, plural } from "../ui/format";
import { Some } from "../ui/some";
import { isFinished, StatusBadge } from "../ui/status";
import { JobRow, useNow } from "./job-row";
import { type ShownJob, type ShownRun, useNewestRun } from "./live";
import { useSession } from "./session";

/** The newest run of the scenario: live while it is running, a summary afterwards. */
export function RunSection() {
  const { run } = useSession();
  if (!run) return null;
  return <RunSectionOf key={run.run} run={run} />;
}

const URGENT: ShownJob["status"][] = ["failed", "running"];

/** Failed jobs come first, then running ones, then the most recently finished. */
function urgency(job: ShownJob): number {
  const at = URGENT.indexOf(job.status);
  return at >= 0 ? at - 1e18 : -(job.started_us + job.duration_us);
}

const selectJob = (job: ShownJob): void => go({ element: `call:${job.name}`, second: null });

function RunSectionOf({ run }: { run: ShownRun }) {
  const session = useSession();
  const running = run.status === "running";
  const now = useNow(running);
  const [chosen, setChosen] = useState<boolean | null>(null);
  // A run that was seen running stays open, and so does a new run that ended before it could be shown.
  const [wasRunning] = useState(running);
  const isNew = useNewestRun(run.scenario) === run.run;
  const open = chosen ?? (running || wasRunning || isNew || run.status === "failed");
  const done = run.jobs.filter((job) => isFinished(job.status)).length;
  const elapsed = running ? Math.max(0, now * 1_000 - run.started_us) : run.wall_us;
  return (
    <section className="panel-section" aria-label={`Run ${run.run}`}>
      <header className="section-header">
        <IconButton
          icon={open ? "down" : "right"}
          label={open ? "Hide jobs" : "Show jobs"}
          aria-expanded={open}
          onClick={() => setChosen(!open)}
        />
        <h2>Run {run.run}</h2>
        <StatusBadge status={run.status} />
        <span className="muted grow cut">
          {duration(elapsed)}
          {running ? "" : `, ${ago(run.started_us)}`}
        </span>
        {running && run.here && (
          <Button icon="stop" look="danger" onClick={() => void session.cancel()}>
            Cancel
          </Button>
        )}
        {!running && <a href={href({ view: "runs", run: run.run, element: null, second: null, tab: null })}>Details</a>}
      </header>
      {running && (
        <progress max={run.jobs.length} value={done} aria-label={`Run ${run.run}: finished jobs`}>
          {done}
        </progress>
      )}
      {running && !run.here && <p className="muted">Started in another process; cancel it there.</p>}
      {open && (
        <Some items={run.jobs} rank={urgency} label={`Jobs of run ${run.run}`}>
          {(job) => <JobRow key={job.name} job={job} now={job.status === "running" ? now : 0} onSelect={selectJob} />}
        </Some>
      )}
      {!open && (
        <p className="muted">
          {plural(run.jobs.filter((job) => job.status === "completed").length, "job")} ran,{" "}
          {run.jobs.filter((job) => job.status === "skipped").length} skipped
        </p>
      )}
    </section>
  );
}
