import { memo, type ReactNode, useEffect, useState } from "react";
import type { JobError } from "../api/types";
import { bytes, count, duration } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { Prose } from "../ui/text";
import type { ShownJob } from "./live";

export function jobTime(job: ShownJob, now: number): string {
  if (job.status === "running" && job.started_us > 0) return duration(Math.max(0, now * 1_000 - job.started_us));
  return job.duration_us > 0 ? duration(job.duration_us) : "";
}

export function progressText(job: ShownJob): string | null {
  if (job.status !== "running") return null;
  if (job.writing) return "writing";
  if (!job.progress) return null;
  return job.progress.rows > 0 ? `${count(job.progress.rows)} rows` : bytes(job.progress.bytes);
}

/** The current time, updated twice per second while a run is in progress. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, [running]);
  return now;
}

interface JobRowProps {
  job: ShownJob;
  /** The current time; 0 if the job is not running. */
  now: number;
  onSelect: (job: ShownJob) => void;
  current?: boolean;
  children?: ReactNode;
}

export const JobRow = memo(function JobRow({ job, now, onSelect, current, children }: JobRowProps) {
  const progress = progressText(job);
  return (
    <li className={`job-row ${current ? "current" : ""}`}>
      <div className="job-line">
        <StatusBadge status={job.status} />
        <button type="button" className="link-button job-name" aria-current={current} onClick={() => onSelect(job)}>
          {job.name}
        </button>
        <span className="job-time">{jobTime(job, now)}</span>
      </div>
      {progress !== null && (
        <p className="job-note">
          {progress}
          {job.progress && job.progress.bytes > 0 && job.progress.rows > 0 ? `, ${bytes(job.progress.bytes)}` : ""}
        </p>
      )}
      {job.retry && job.status === "running" && (
        <p className="job-note">
          Attempt {job.retry.attempts} failed: {job.retry.error}. Retrying.
        </p>
      )}
      {job.reason && (
        <p className="job-note">
          <Prose text={job.reason.text} />
        </p>
      )}
      {job.error && <JobErrorText error={job.error} file={job.file} line={job.line} />}
      {children}
    </li>
  );
});

export function JobErrorText({ error, file, line }: { error: JobError; file: string; line: number }) {
  return (
    <div className="job-error">
      <p>
        {error.kind === "panicked" && <strong>Panicked: </strong>}
        <Prose text={error.message} />
      </p>
      {error.causes.length > 0 && (
        <ul aria-label="Causes">
          {error.causes.map((cause, index) => (
            <li key={index}>
              <Prose text={cause} />
            </li>
          ))}
        </ul>
      )}
      {error.place != null && (
        <p>
          at <code>{error.place}</code>
        </p>
      )}
      {file !== "" && (
        <p>
          task defined at{" "}
          <code>
            {file}:{line}
          </code>
        </p>
      )}
    </div>
  );
}
