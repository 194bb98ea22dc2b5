import { type ReactNode, useState } from "react";
import { useApi, useLast } from "../api/cache";
import { paths } from "../api/paths";
import type { ComparedNode, Comparison, Exact, ScenarioList } from "../api/types";
import { FRESH, go, href, useRoute } from "../route";
import { IconButton } from "../ui/button";
import { Combobox } from "../ui/combobox";
import { ago, double, figure, moment, percent, plural } from "../ui/format";
import { Icon } from "../ui/icons";
import { StatusBadge } from "../ui/status";
import { Await, Empty, ErrorText } from "../ui/text";
import { Difference } from "../versions/difference";
import { useWorkspace } from "../workspace";
import { TableDifferences } from "./table-differences";

/** Compares scenarios, differences first. */
export function CompareView() {
  const { type, scenario } = useWorkspace();
  const route = useRoute();
  const [tables, setTables] = useState(true);
  const list = useApi<ScenarioList>(paths.scenarios(type.id, { limit: 500 }));
  const chosen = [...(scenario === null ? [] : [scenario]), ...route.others.filter((name) => name !== scenario)];
  const path = chosen.length < 2 ? null : paths.compare(type.id, chosen, tables);
  const loaded = useLast(useApi<Comparison>(path), chosen.join("\n"));
  const others = list.data?.scenarios.filter((one) => !chosen.includes(one.name)) ?? [];
  return (
    <main className="page" aria-label="Compare">
      <header className="page-header">
        <h1>Compare</h1>
        <ul className="chips" aria-label="Compared scenarios">
          {chosen.map((name, index) => (
            <li key={name} className="chip-scenario">
              {name}
              {index === 0 ? (
                <span className="muted">base</span>
              ) : (
                <IconButton
                  icon="close"
                  label={`Remove ${name}`}
                  onClick={() => go({ others: route.others.filter((one) => one !== name) })}
                />
              )}
            </li>
          ))}
        </ul>
        <Combobox
          label="Add a scenario to compare"
          placeholder="Add a scenario"
          adding
          value=""
          options={others.map((one) => ({ value: one.name, label: one.name, detail: lastRun(one) }))}
          empty="No other scenarios of this type"
          onChoose={(name) => go({ others: [...route.others, name] })}
        />
        <label className="inline-field">
          <input type="checkbox" checked={tables} onChange={(event) => setTables(event.target.checked)} />
          Compare rows
        </label>
      </header>
      {chosen.length < 2 ? (
        <Empty title="Select another scenario to compare with">
          {others.length === 0
            ? "There is only one scenario. Press Duplicate, change a value and run the copy."
            : "Both scenarios must have run."}
        </Empty>
      ) : (
        <Await loaded={loaded}>{(comparison) => <ComparisonOf comparison={comparison} tables={tables} />}</Await>
      )}
    </main>
  );
}

/** The difference from the base, absolute and as a percentage. */
function changeText(change: Exact, base: Exact | null): string {
  const [size, of] = [double(change), double(base)];
  if (size === null) return figure(change);
  if (size === 0) return "no change";
  const difference = `${size > 0 ? "+" : "−"}${figure(change).replace(/^-/, "")}`;
  return of === null || of === 0 || !Number.isFinite(size)
    ? difference
    : `${difference}, ${percent(size / Math.abs(of))}`;
}

function lastRun(info: ScenarioList["scenarios"][number]): string {
  return info.last_run === null ? "not run yet" : ago(info.last_run.started_us);
}

function ComparisonOf({ comparison, tables }: { comparison: Comparison; tables: boolean }) {
  const { runs, inputs, kpis, nodes, code } = comparison;
  const inputNames = new Set(inputs.map((input) => input.node));
  const differing = nodes.filter((node) => !node.equal && !inputNames.has(node.node));
  const equal = nodes.filter((node) => node.equal);
  const base = runs[0]?.version ?? null;
  const others = runs.filter((run, index) => (code[index]?.length ?? 0) > 0 && base !== null && run.version !== null);
  const heads = runs.map((run) => (
    <th key={run.run} scope="col">
      {run.scenario}
      <span className="muted" title={moment(run.started_us)}>
        <a href={href({ ...FRESH, view: "runs", run: run.run })}>run {run.run}</a>, {ago(run.started_us)}
      </span>
      {run.status !== "completed" && <StatusBadge status={run.status} />}
    </th>
  ));
  return (
    <>
      <Part title="KPIs" count={kpis.length} empty="No KPIs were measured.">
        <table className="list-table compare-table">
          <thead>
            <tr>
              <th scope="col">KPI</th>
              {heads}
            </tr>
          </thead>
          <tbody>
            {kpis.map((kpi) => (
              <tr key={kpi.kpi}>
                <th scope="row">
                  {kpi.kpi} {kpi.unit !== "" && <span className="muted">[{kpi.unit}]</span>}
                </th>
                {kpi.values.map((value, index) => (
                  <td key={index}>
                    {figure(value)}
                    {index > 0 && kpi.changes[index] != null && (
                      <span className="change"> {changeText(kpi.changes[index] ?? 0, kpi.values[0] ?? null)}</span>
                    )}
                    {kpi.best === index && new Set(kpi.values).size > 1 && (
                      <span className="badge badge-completed">
                        <Icon name="check" size={12} />
                        best
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Part>
      <Part title="Inputs that differ" count={inputs.length} empty="All inputs are equal.">
        <table className="list-table compare-table">
          <thead>
            <tr>
              <th scope="col">Input</th>
              {heads}
            </tr>
          </thead>
          <tbody>
            {inputs.map((input) => (
              <tr key={input.node}>
                <th scope="row">{input.node}</th>
                {input.values.map((value, index) => (
                  <td key={index} className={value === input.values[0] ? "muted" : "differs"}>
                    {value === null ? "none" : <code>{value}</code>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Part>
      {others.map((run) => (
        <Difference key={run.run} from={base ?? 0} to={run.version ?? 0} of={run.scenario} />
      ))}
      <Part title="Data nodes that differ" count={differing.length} empty="All data nodes are equal.">
        {differing.map((node) => (
          <NodeDifference key={node.node} node={node} runs={runs} tables={tables} />
        ))}
      </Part>
      {equal.length > 0 && (
        <details className="card">
          <summary>{plural(equal.length, "equal data node")}</summary>
          <ul className="plain-list columns" aria-label="Equal data nodes">
            {equal.map((node) => (
              <li key={node.node}>{node.node}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface PartProps {
  title: string;
  count: number;
  empty: string;
  children: ReactNode;
}

function Part({ title, count, empty, children }: PartProps) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {count === 0 ? <p className="muted">{empty}</p> : children}
    </section>
  );
}

interface NodeDifferenceProps {
  node: ComparedNode;
  runs: Comparison["runs"];
  tables: boolean;
}

function NodeDifference({ node, runs, tables }: NodeDifferenceProps) {
  const { scenario } = useWorkspace();
  return (
    <article className="node-difference">
      <h3>
        <a href={href({ ...FRESH, view: "graph", scenario, element: `node:${node.node}` })}>{node.node}</a>
      </h3>
      <dl className="facts">
        {runs.map((run, index) => (
          <div key={run.run}>
            <dt>{run.scenario}</dt>
            <dd>{node.values[index] == null ? "none" : <code>{node.values[index]}</code>}</dd>
          </div>
        ))}
        {node.compared?.map((compared) => (
          <div key={compared.name}>
            <dt>{compared.name}</dt>
            <dd>{compared.values.map((value) => (value === null ? "none" : String(value))).join(", ")}</dd>
          </div>
        ))}
      </dl>
      {node.problems?.map((problem) => (
        <ErrorText key={problem} error={{ message: problem }} />
      ))}
      {tables &&
        node.tables?.map(
          (table, index) =>
            table && (
              <TableDifferences
                key={index}
                table={table}
                first={runs[0]?.scenario ?? "first"}
                second={runs[index]?.scenario ?? "second"}
              />
            ),
        )}
    </article>
  );
}
