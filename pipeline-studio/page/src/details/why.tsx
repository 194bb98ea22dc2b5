import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { Explanation } from "../api/types";
import { DecisionBadge } from "../ui/status";
import { Await, Facts, Prose } from "../ui/text";

interface WhyProps {
  scenario: string;
  type: string;
  node: string;
}

/** Why a job would run or be skipped, and everything that this depends on. */
export function WhyTab({ scenario, type, node }: WhyProps) {
  const explanation = useApi<Explanation>(paths.explain(scenario, type, node));
  return (
    <Await loaded={explanation}>
      {(shown) => (
        <>
          <p className="why">
            <DecisionBadge decision={shown.decision} /> <Prose text={shown.reason.text} />
          </p>
          <h3>Arguments</h3>
          <ul className="plain-list" aria-label="Arguments of the task">
            {shown.inputs.map((input) => (
              <li key={input.parameter}>
                <code>{input.parameter}</code> = {input.value === null ? "no value yet" : <code>{input.value}</code>}
                {input.ignored && <span className="chip">ignored</span>}
              </li>
            ))}
          </ul>
          <h3>Code</h3>
          <ul className="plain-list" aria-label="Code of the task">
            {shown.parts.map((part) => (
              <li key={`${part.title} ${part.file}:${part.line}`}>
                {part.title} <code>{part.line === undefined ? part.file : `${part.file}:${part.line}`}</code>
              </li>
            ))}
          </ul>
          <Facts
            facts={[
              ["Code", <code>{shown.code.slice(0, 16)}</code>],
              ["Key", shown.key === null ? "not known yet" : <code>{shown.key.slice(0, 16)}</code>],
              ["Version", shown.version],
              ["Crates", shown.crates.length === 0 ? null : shown.crates.join(", ")],
              ["Built with", `${shown.toolchain.rustc}, ${shown.toolchain.target}, ${shown.toolchain.profile}`],
              ["Strict", shown.strict ? "yes" : null],
            ]}
          />
        </>
      )}
    </Await>
  );
}
