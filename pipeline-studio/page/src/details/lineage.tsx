import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { Lineage } from "../api/types";
import { href } from "../route";
import { duration, moment } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { Await, Facts, Prose } from "../ui/text";

interface LineageProps {
  scenario: string;
  type: string;
  node: string;
}

/** The lineage of a value: its files, inputs, and each step with its code. */
export function LineageTab({ scenario, type, node }: LineageProps) {
  const lineage = useApi<Lineage>(paths.lineage(scenario, type, node));
  return <Await loaded={lineage}>{(shown) => <LineageOf lineage={shown} />}</Await>;
}

function LineageOf({ lineage }: { lineage: Lineage }) {
  const inputs = lineage.nodes.filter((node) => node.input);
  return (
    <>
      <Facts
        facts={[
          [
            "Produced in",
            <a href={href({ view: "runs", run: lineage.run, element: null, tab: null })}>run {lineage.run}</a>,
          ],
          ["When", `${moment(lineage.started_us)} by ${lineage.author}`],
          ["Version", `${lineage.version}${lineage.commit === null ? "" : `, commit ${lineage.commit.slice(0, 12)}`}`],
        ]}
      />
      <h3>Inputs</h3>
      <ul className="plain-list" aria-label="Inputs of the lineage">
        {inputs.map((input) => (
          <li key={input.node}>
            <a href={href({ element: `node:${input.node}`, tab: null })}>{input.node}</a> = <code>{input.value}</code>
            {input.files?.map((file) => (
              <p key={file.path} className="job-note">
                <code>{file.path}</code>, content hash {file.content.slice(0, 12)}
              </p>
            ))}
          </li>
        ))}
      </ul>
      <h3>Steps</h3>
      <ol className="lineage-steps" aria-label="Steps of the lineage">
        {lineage.jobs.map((job) => (
          <li key={job.job}>
            <div className="job-line">
              <StatusBadge status={job.status} />
              <a href={href({ element: `call:${job.job}`, tab: null })}>{job.job}</a>
              <span className="job-time">{duration(job.made?.duration_us ?? job.duration_us)}</span>
            </div>
            <p className="job-note">
              {job.arguments
                .map(([parameter, from]) => (parameter === from ? from : `${parameter} = ${from}`))
                .join(", ")}{" "}
              → {job.outputs.join(", ")}
            </p>
            <p className="job-note">
              <Prose text={job.reason} />
              {job.made && `; computed in scenario ${job.made.scenario}, ${moment(job.made.started_us)}`}
            </p>
            <p className="job-note">
              code hash <code>{job.code.slice(0, 12)}</code>
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
