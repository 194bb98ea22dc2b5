import { useState } from "react";
import { go, href } from "../route";
import { Button, IconButton } from "../ui/button";
import { ago, duration, plural } from "../ui/format";
import { Some } from "../ui/some";
import { isOver, StatusBadge } from "../ui/status";
import { JobRow, useNow } from "./job-row";
import { type ShownJob, type ShownRun, useNewestRun } from "./live";
import { useSession } from "./session";

/** The newest run of the scenario: live while it runs, short afterwards. */
export function RunSection() {
  const { run } = useSession();
  if (!run) return null;
  return <RunSectionOf key={run.run} run={run} />;
}

const URGENT: ShownJob["status"][] = ["failed", "running"];

/** What failed and what runs comes first, then what was over last. */
function urgency(job: ShownJob): number {
  const at = URGENT.indexOf(job.status);
  return at >= 0 ? at - 1e18 : -(job.started_us + job.duration_us);
}

const selectJob = (job: ShownJob): void => go({ element: `call:${job.name}`, second: null });

function RunSectionOf({ run }: { run: ShownRun }) {
  const session = useSession();
  const running = run.status === "running";
  const now = useNow(running);
  const [wished, setWished] = useState<boolean | null>(null);
  // One that was seen running stays open, and so does one that was over before it could be seen.
  const [wasRunning] = useState(running);
  const isNew = useNewestRun(run.scenario) === run.run;
  const open = wished ?? (running || wasRunning || isNew || run.status === "failed");
  const over = run.jobs.filter((job) => isOver(job.status)).length;
  const passed = running ? Math.max(0, now * 1_000 - run.started_us) : run.wall_us;
  return (
    <section className="panel-section" aria-label={`Run ${run.run}`}>
      <header className="section-header">
        <IconButton
          icon={open ? "down" : "right"}
          label={open ? "Hide the jobs of the run" : "Show the jobs of the run"}
          aria-expanded={open}
          onClick={() => setWished(!open)}
        />
        <h2>Run {run.run}</h2>
        <StatusBadge status={run.status} />
        <span className="muted grow cut">
          {duration(passed)}
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
        <progress max={run.jobs.length} value={over} aria-label={`Run ${run.run}: jobs that are over`}>
          {over}
        </progress>
      )}
      {running && !run.here && (
        <p className="muted">It runs in another process: it can be canceled where it was started.</p>
      )}
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
