import type { ShownJob, ShownRun } from "../run/live";
import { clock, duration } from "../ui/format";
import { StatusBadge, STATUSES } from "../ui/status";

const TICKS = 5;

interface TimelineProps {
  run: ShownRun;
  now: number;
  current: string | null;
  onSelect: (job: ShownJob) => void;
}

/** A bar for each job over the duration of the run. */
export function Timeline({ run, now, current, onSelect }: TimelineProps) {
  const started = run.jobs.filter((job) => job.started_us > 0);
  const endOf = (job: ShownJob): number =>
    job.status === "running" ? Math.max(job.started_us, now * 1_000) : job.started_us + job.duration_us;
  const start = Math.min(run.started_us, ...started.map((job) => job.started_us));
  const end = Math.max(
    run.started_us + run.wall_us,
    ...started.map(endOf),
    run.status === "running" ? now * 1_000 : start + 1,
  );
  const span = Math.max(1, end - start);
  const share = (us: number): number => (100 * us) / span;
  const jobs = [...run.jobs].sort((a, b) => (a.started_us || Infinity) - (b.started_us || Infinity));
  return (
    <div className="timeline" role="list" aria-label={`Timeline of run ${run.run}`}>
      <div className="timeline-axis" aria-hidden="true">
        {Array.from({ length: TICKS + 1 }, (_, tick) => (
          <span key={tick} style={{ left: `${(100 * tick) / TICKS}%` }}>
            {duration((span * tick) / TICKS)}
          </span>
        ))}
      </div>
      {jobs.map((job) => {
        const times =
          job.started_us === 0
            ? "not started"
            : `from ${clock(job.started_us)} to ${clock(endOf(job))}, ${duration(endOf(job) - job.started_us)}`;
        return (
          <div key={job.name} role="listitem" className={`timeline-row ${current === job.name ? "current" : ""}`}>
            <button
              type="button"
              className="timeline-name"
              aria-label={`${job.name}: ${STATUSES[job.status].text}, ${times}`}
              title={`${job.name}: ${times}`}
              onClick={() => onSelect(job)}
            >
              {job.name}
            </button>
            <StatusBadge status={job.status} />
            <div className="timeline-track">
              {job.started_us > 0 && (
                <div
                  className={`timeline-bar bar-${job.status}`}
                  title={`${job.name}: ${times}`}
                  style={{
                    left: `${share(job.started_us - start)}%`,
                    width: `max(3px, ${share(endOf(job) - job.started_us)}%)`,
                  }}
                />
              )}
              {job.started_us > 0 && (
                <span className="timeline-times" style={{ left: `min(${share(endOf(job) - start)}%, 100% - 230px)` }}>
                  {duration(endOf(job) - job.started_us)}, from {duration(job.started_us - start)} to{" "}
                  {duration(endOf(job) - start)}
                </span>
              )}
            </div>
          </div>
        );
      })}
    </div>
  );
}
