import { useMemo, useSyncExternalStore } from "react";
import { type Loaded, useApi } from "../api/cache";
import { listen } from "../api/events";
import { paths } from "../api/paths";
import type { Job, JobEvent, JobStatus, LogLine, Run, RunStatus, StudioEvent } from "../api/types";
import { isFinished } from "../ui/status";

/** The state of a run in progress from events, on top of the server's last response. */
interface LiveRun {
  jobs: Map<string, LiveJob>;
  changes: number;
}

interface LiveJob {
  status: JobStatus;
  progress: Job["progress"];
  writing: boolean;
  retry: JobEvent["retry"] | null;
  log: LogLine[];
  report: Job | null;
  changes: number;
  /** When it got this status, by the browser's clock. */
  since_us: number;
}

export interface ShownJob extends Job {
  writing: boolean;
  retry: JobEvent["retry"] | null;
}

export interface ShownRun extends Omit<Run, "jobs"> {
  jobs: ShownJob[];
}

const MOST_RUNS = 20;
const MOST_LINES = 200;
/** The state from events is kept this long after a run ends, until the finished run is loaded from the server. */
const LINGER_MS = 3_000;
const PAUSE_MS = 100;

const runs = new Map<number, LiveRun>();
const newest = new Map<string, number>();
const listeners = new Set<() => void>();
let timer: number | undefined;

function changed(run: LiveRun): void {
  run.changes += 1;
  timer ??= window.setTimeout(notify, PAUSE_MS);
}

function notify(): void {
  window.clearTimeout(timer);
  timer = undefined;
  listeners.forEach((listener) => listener());
}

function liveRun(number: number): LiveRun {
  let run = runs.get(number);
  if (!run) {
    run = { jobs: new Map(), changes: 0 };
    runs.set(number, run);
    for (const oldest of [...runs.keys()].slice(0, Math.max(0, runs.size - MOST_RUNS))) runs.delete(oldest);
  }
  return run;
}

function liveJob(run: LiveRun, name: string): LiveJob {
  let job = run.jobs.get(name);
  if (!job) {
    job = {
      status: "pending",
      progress: null,
      writing: false,
      retry: null,
      log: [],
      report: null,
      since_us: 0,
      changes: 0,
    };
    run.jobs.set(name, job);
  }
  return job;
}

function onJob(event: JobEvent): void {
  const run = liveRun(event.run);
  const job = liveJob(run, event.job);
  if (job.status !== event.status) job.since_us = Date.now() * 1_000;
  job.status = event.status;
  job.writing = event.phase === "writing";
  if (event.retry) job.retry = event.retry;
  if (event.said) job.log = [...job.log, event.said].slice(-MOST_LINES);
  if (event.report) job.report = { ...event.report, log: event.report.log.slice(-MOST_LINES) };
  if (isFinished(event.status)) job.progress = null;
  job.changes += 1;
  changed(run);
}

/** Records the newest run of a scenario before the list of scenarios is loaded again. */
export function noteRun(scenario: string, run: number): void {
  if ((newest.get(scenario) ?? 0) >= run) return;
  newest.delete(scenario);
  newest.set(scenario, run);
  for (const oldest of [...newest.keys()].slice(0, Math.max(0, newest.size - 100))) newest.delete(oldest);
  notify();
}

function onEvent(event: StudioEvent): void {
  switch (event.event) {
    case "hello":
      runs.clear();
      notify();
      break;
    case "submission":
      noteRun(event.scenario, event.run);
      if (event.status !== "running") window.setTimeout(() => runs.delete(event.run), LINGER_MS);
      break;
    case "job":
      onJob(event);
      break;
    case "progress": {
      const run = liveRun(event.run);
      const job = liveJob(run, event.job);
      job.progress = { rows: event.rows, bytes: event.bytes };
      job.changes += 1;
      changed(run);
      break;
    }
    default:
      break;
  }
}

export function followRuns(): void {
  listen(onEvent);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useNewestRun(scenario: string | null): number | null {
  return useSyncExternalStore(subscribe, () => (scenario === null ? null : (newest.get(scenario) ?? null)));
}

const ORDER: JobStatus[] = ["submitted", "blocked", "pending", "running"];
const progressOf = (status: JobStatus): number => (isFinished(status) ? ORDER.length : ORDER.indexOf(status));

const shownJobs = new WeakMap<Job, { changes: number; shown: ShownJob }>();

/** Returns the same object until the job changes, so that its row isn't rendered again. */
function shownJob(job: Job, live: LiveJob | undefined): ShownJob {
  const changes = live?.changes ?? -1;
  const last = shownJobs.get(job);
  if (last?.changes === changes) return last.shown;
  const shown = mergeJob(job, live);
  shownJobs.set(job, { changes, shown });
  return shown;
}

function mergeJob(job: Job, live: LiveJob | undefined): ShownJob {
  const known = { ...job, writing: false, retry: null };
  if (!live || isFinished(job.status)) return known;
  const lastLine = job.log.at(-1)?.at_us ?? 0;
  const log = [...job.log, ...live.log.filter((line) => line.at_us > lastLine)].slice(-MOST_LINES);
  if (live.report) return { ...known, ...live.report };
  const status = progressOf(live.status) >= progressOf(job.status) ? live.status : job.status;
  const begun = status === "running" && job.started_us === 0 ? live.since_us : job.started_us;
  return {
    ...known,
    status,
    log,
    started_us: begun,
    progress: live.progress ?? job.progress,
    writing: live.writing,
    retry: live.retry,
  };
}

/** A run from the server, updated by events since then. */
export function useRun(number: number | null): Loaded<ShownRun> {
  const loaded = useApi<Run>(number === null ? null : paths.run(number));
  const changes = useSyncExternalStore(subscribe, () => (number === null ? 0 : (runs.get(number)?.changes ?? 0)));
  return useMemo(() => {
    if (loaded.data === undefined || number === null) return { ...loaded, data: undefined };
    const live = loaded.data.status === "running" ? runs.get(number) : undefined;
    const jobs = loaded.data.jobs.map((job) => shownJob(job, live?.jobs.get(job.name)));
    return { ...loaded, data: { ...loaded.data, jobs } };
    // `changes` counts events: the state from events is read again when it changes.
  }, [loaded, number, changes]);
}

export function endedAs(status: RunStatus): string {
  return { running: "is running", completed: "completed", failed: "failed", canceled: "was canceled" }[status];
}
