import { useState } from "react";
import { invalidate, under } from "../api/cache";
import { request } from "../api/client";
import { paths } from "../api/paths";
import type { LogLine } from "../api/types";
import { LogLines } from "../details/log";
import { FRESH, go, href, useRoute } from "../route";
import { JobRow, useNow } from "../run/job-row";
import { type ShownRun, useRun } from "../run/live";
import { Button } from "../ui/button";
import { bytes, duration, figure, moment } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { Tabs } from "../ui/tabs";
import { Await, Empty, Facts, Prose } from "../ui/text";
import { toastError } from "../ui/toasts";
import { useWorkspace, type Workspace } from "../workspace";
import { Timeline } from "./timeline";

export function RunDetails({ number }: { number: number }) {
  const loaded = useRun(number);
  return <Await loaded={loaded}>{(run) => <RunDetailsOf run={run} />}</Await>;
}

function RunDetailsOf({ run }: { run: ShownRun }) {
  const route = useRoute();
  const running = run.status === "running";
  const now = useNow(running);
  const [job, setJob] = useState<string | null>(null);
  const workspace = useWorkspace();
  const act = (work: Promise<unknown>) => work.then(() => invalidate(under("/runs")), toastError);
  return (
    <section className="run-details" aria-label={`Run ${run.run}`}>
      <header className="run-head">
        <h2>Run {run.run}</h2>
        <StatusBadge status={run.status} />
        <a href={href({ ...FRESH, view: "graph", type: typeOf(workspace, run.type), scenario: run.scenario })}>
          {run.scenario}
        </a>
        <span className="grow" />
        {running && run.here && (
          <Button icon="stop" look="danger" onClick={() => void act(request("POST", paths.cancel(run.run)))}>
            Cancel
          </Button>
        )}
      </header>
      <Facts
        facts={[
          ["Started", `${moment(run.started_us)} by ${run.author}`],
          ["Duration", duration(running ? Math.max(0, now * 1_000 - run.started_us) : run.wall_us)],
          ["Time saved", run.saved_us > 0 ? duration(run.saved_us) : null],
          ["Data written", bytes(run.written_bytes)],
          ["Peak memory", run.peak_memory_bytes === null ? null : bytes(run.peak_memory_bytes)],
          ["Version", run.version === null ? null : String(run.version)],
        ]}
      />
      {run.warnings.map((warning) => (
        <p key={warning} className="warning-text">
          <Prose text={warning} />
        </p>
      ))}
      <Tabs
        label="Run"
        current={route.tab}
        onChange={(tab) => go({ tab }, "replace")}
        tabs={[
          {
            id: "jobs",
            label: "Jobs",
            content: () => (
              <ul className="job-list" aria-label={`Jobs of run ${run.run}`}>
                {run.jobs.map((one) => (
                  <JobRow
                    key={one.name}
                    job={one}
                    now={one.status === "running" ? now : 0}
                    current={one.name === job}
                    onSelect={() => setJob(one.name === job ? null : one.name)}
                  >
                    {one.name === job && <JobMore job={one} />}
                  </JobRow>
                ))}
              </ul>
            ),
          },
          {
            id: "timeline",
            label: "Timeline",
            content: () => (
              <Timeline
                run={run}
                now={now}
                current={job}
                onSelect={(one) => {
                  setJob(one.name);
                  go({ tab: "jobs" }, "replace");
                }}
              />
            ),
          },
          { id: "log", label: "Log", content: () => <RunLog run={run} /> },
          { id: "inputs", label: "Inputs and KPIs", content: () => <RunInputs run={run} /> },
        ]}
      />
    </section>
  );
}

/** The id of the scenario type with this name. If several have it, the current one is preferred. */
function typeOf({ project, type }: Workspace, name: string): string {
  if (type.name === name) return type.id;
  return project.types.find((one) => one.name === name)?.id ?? type.id;
}

function JobMore({ job }: { job: ShownRun["jobs"][number] }) {
  return (
    <div className="job-more">
      <Facts
        facts={[
          ["Task", job.task],
          ["Source", job.file === "" ? null : <code>{`${job.file}:${job.line}`}</code>],
          ["Attempts", job.attempts > 1 ? String(job.attempts) : null],
          ["Time saved", job.saved_us === null ? null : duration(job.saved_us)],
          ...job.outputs.map((output): [string, string] => [
            output.node,
            [output.summary, output.bytes ? bytes(output.bytes) : ""].filter((part) => part).join(", "),
          ]),
        ]}
      />
      <LogLines lines={job.log} label={`Log of ${job.name}`} />
    </div>
  );
}

function RunLog({ run }: { run: ShownRun }) {
  const [typed, setTyped] = useState("");
  const filter = typed.toLowerCase();
  const lines: (LogLine & { job: string })[] = run.jobs
    .flatMap((job) => job.log.map((line) => ({ ...line, job: job.name })))
    .filter((line) => `${line.level} ${line.job} ${line.text}`.toLowerCase().includes(filter))
    .sort((a, b) => a.at_us - b.at_us);
  return (
    <>
      <input
        type="search"
        aria-label="Filter the log"
        placeholder="Filter the log"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <LogLines lines={lines} label={`Log of run ${run.run}`} />
    </>
  );
}

function RunInputs({ run }: { run: ShownRun }) {
  return (
    <>
      {run.kpis.length > 0 && (
        <>
          <h3>KPIs</h3>
          <Facts facts={run.kpis.map((kpi) => [kpi.kpi, `${figure(kpi.value)} ${kpi.unit}`])} />
        </>
      )}
      <h3>Inputs</h3>
      {run.inputs.length === 0 && <Empty title="The run had no inputs." />}
      <Facts
        facts={run.inputs.map((input) => [
          input.node,
          <>
            <code>{input.summary}</code>
            {input.files?.map((file) => (
              <span key={file.path} className="muted">
                {" "}
                {file.path}
              </span>
            ))}
          </>,
        ])}
      />
    </>
  );
}
