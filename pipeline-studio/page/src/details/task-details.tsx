import type { CallView } from "../api/types";
import type { Elements } from "../graph/elements";
import { go, useRoute } from "../route";
import { JobRow, useNow } from "../run/job-row";
import { useSession } from "../run/session";
import { IconButton } from "../ui/button";
import { duration } from "../ui/format";
import { DecisionBadge } from "../ui/status";
import { type Tab, Tabs } from "../ui/tabs";
import { Empty, Facts, Prose } from "../ui/text";
import { copyText } from "../ui/toasts";
import { useWorkspace } from "../workspace";
import { DetailsHead, ElementLink } from "./details-head";
import { LogLines } from "./log";
import { Slices } from "./slices";
import { WhyTab } from "./why";

export function TaskDetails({ elements, call }: { elements: Elements; call: CallView }) {
  const { type, scenario } = useWorkspace();
  const route = useRoute();
  const session = useSession();
  const output = call.outputs[0]?.node;
  const tabs: Tab[] = [{ id: "overview", label: "Overview", content: () => <Overview call={call} /> }];
  if (scenario !== null && !session.missing && output !== undefined)
    tabs.push({
      id: "why",
      label: "Why",
      content: () => <WhyTab scenario={scenario} type={type.id} node={output} />,
    });
  tabs.push({ id: "log", label: "Log", content: () => <Log call={call} /> });
  return (
    <>
      <DetailsHead kind="Task" look="task" name={call.name} type={call.path}>
        <Slices elements={elements} first={call.id} second={route.second} />
      </DetailsHead>
      <Tabs label="Details" tabs={tabs} current={route.tab} onChange={(tab) => go({ tab }, "replace")} />
    </>
  );
}

function Overview({ call }: { call: CallView }) {
  const { run, outlook } = useSession();
  const job = run?.jobs.find((one) => one.name === call.name);
  const planned = outlook.plan?.jobs.find((one) => one.name === call.name);
  const now = useNow(job?.status === "running");
  const location = `${call.file}:${call.line}`;
  return (
    <>
      {call.docs !== "" && (
        <p className="docs">
          <Prose text={call.docs} />
        </p>
      )}
      {job && run && (
        <>
          <h3>In run {run.run}</h3>
          <ul className="job-list" aria-label="Job of the latest run">
            <JobRow job={job} now={now} onSelect={() => go({ view: "runs", run: run.run, element: null, tab: null })} />
          </ul>
        </>
      )}
      {planned && (
        <>
          <h3>Next run</h3>
          <p className="why">
            <DecisionBadge decision={planned.decision} /> <Prose text={planned.reason.text} />
          </p>
        </>
      )}
      <h3>Arguments</h3>
      <ul className="plain-list" aria-label="Arguments">
        {call.parameters.map((port) => (
          <li key={port.name}>
            <code>
              {port.name}: {port.type}
            </code>
            {port.node !== null && (
              <>
                {" "}
                from <ElementLink id={`node:${port.node}`}>{port.node}</ElementLink>
              </>
            )}
          </li>
        ))}
      </ul>
      <h3>Outputs</h3>
      <ul className="plain-list" aria-label="Outputs">
        {call.outputs.map((port) => (
          <li key={port.node}>
            <ElementLink id={`node:${port.node}`}>{port.node}</ElementLink>: <code>{port.type}</code>
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          [
            "Source",
            call.file === "" ? null : (
              <span className="with-button">
                <code>{location}</code>
                <IconButton
                  icon="copy"
                  label="Copy source location"
                  onClick={() => void copyText(location, "Location")}
                />
              </span>
            ),
          ],
          ["Module", <code>{call.module}</code>],
          ["Skippable", call.skippable ? "yes: known results are reused" : "no: it always runs"],
          ["Retries", call.retries === 0 ? null : String(call.retries)],
          ["Timeout", call.timeout_us === null ? null : duration(call.timeout_us)],
          ["Version", call.version],
          ["Runs if", call.condition ? <code>{call.condition.text}</code> : null],
        ]}
      />
    </>
  );
}

function Log({ call }: { call: CallView }) {
  const { run } = useSession();
  const job = run?.jobs.find((one) => one.name === call.name);
  if (!run || !job) return <Empty title="This task has not run yet.">Its log is shown here after a run.</Empty>;
  return (
    <>
      <p className="muted">Run {run.run}</p>
      <LogLines lines={job.log} label={`Log of ${call.name}`} />
    </>
  );
}
