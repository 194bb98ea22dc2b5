import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { GraphView, Kpis, NodeState, NodeView } from "../api/types";
import type { Elements } from "../graph/elements";
import { KpiChart } from "../kpis/chart";
import { KpiTable } from "../kpis/table";
import { go, useRoute } from "../route";
import { InputRow } from "../run/inputs";
import { useSession } from "../run/session";
import { bytes, count } from "../ui/format";
import { StatusBadge } from "../ui/status";
import { type Tab, Tabs } from "../ui/tabs";
import { Await, Empty, Facts, Prose } from "../ui/text";
import { useWorkspace } from "../workspace";
import { DetailsHead, ElementLink } from "./details-head";
import { HistoryTab } from "./history";
import { LineageTab } from "./lineage";
import { PreviewTab } from "./preview";
import { SchemaTab } from "./schema";
import { Slices } from "./slices";

interface NodeDetailsProps {
  graph: GraphView;
  elements: Elements;
  node: NodeView;
}

export function NodeDetails({ graph, elements, node }: NodeDetailsProps) {
  const { type, scenario } = useWorkspace();
  const route = useRoute();
  const session = useSession();
  const state = session.stateOf(node.name);
  const kpis = graph.kpis.filter((kpi) => kpi.node === node.name);
  const tabs: Tab[] = [
    { id: "overview", label: "Overview", content: () => <Overview graph={graph} node={node} state={state} /> },
  ];
  if (scenario !== null && !session.missing) {
    const of = { scenario, type: type.id, node: node.name };
    const key = `${scenario} ${type.id} ${node.name}`;
    if (!node.secret)
      tabs.push({
        id: "preview",
        label: "Preview",
        content: () => <PreviewTab key={key} {...of} />,
      });
    if (node.columns.length > 0)
      tabs.push({ id: "schema", label: "Schema", content: () => <SchemaTab columns={node.columns} /> });
    tabs.push({ id: "history", label: "History", content: () => <HistoryTab {...of} /> });
    tabs.push({ id: "lineage", label: "Lineage", content: () => <LineageTab {...of} /> });
    if (kpis.length > 0)
      tabs.push({
        id: "kpis",
        label: "KPIs",
        content: () => <NodeKpis scenario={scenario} type={type.id} names={kpis.map((kpi) => kpi.name)} />,
      });
  }
  return (
    <>
      <DetailsHead kind={node.input ? "Input" : "Data node"} look="data" name={node.name} type={node.type}>
        <Slices elements={elements} first={node.id} second={route.second} />
      </DetailsHead>
      <Tabs label="Details" tabs={tabs} current={route.tab} onChange={(tab) => go({ tab }, "replace")} />
    </>
  );
}

function Overview({ graph, node, state }: { graph: GraphView; node: NodeView; state: NodeState | undefined }) {
  const producer = graph.calls.find((call) => call.name === node.made_by);
  return (
    <>
      {node.docs !== "" && !node.input && (
        <p className="docs">
          <Prose text={node.docs} />
        </p>
      )}
      {node.input && <InputRow node={node} />}
      {state?.problem != null && !node.input && (
        <p className="field-error">
          <Prose text={state.problem} />
        </p>
      )}
      <Facts
        facts={[
          ["Value", node.secret ? "secret" : state?.value ? <code>{state.value}</code> : "no value yet"],
          ["Default", node.default === null ? null : <code>{node.default}</code>],
          ["Rows", state?.rows == null ? null : count(state.rows)],
          ["Size", state?.bytes == null ? null : bytes(state.bytes)],
          [
            "Content hash",
            state?.content == null ? null : <code title={state.content}>{state.content.slice(0, 16)}</code>,
          ],
          ["Produced by", producer ? <ElementLink id={producer.id}>{producer.name}</ElementLink> : null],
          [
            "Last run",
            state?.status == null ? null : (
              <>
                <StatusBadge status={state.status} /> <Prose text={state.reason ?? ""} />
              </>
            ),
          ],
          [
            "Source",
            producer && producer.file !== "" ? (
              <code>
                {producer.file}:{producer.line}
              </code>
            ) : null,
          ],
          [
            "Read by",
            node.read_by.length === 0
              ? "no task"
              : node.read_by.map((job) => (
                  <span key={job} className="list-item">
                    <ElementLink id={`call:${job}`}>{job}</ElementLink>
                  </span>
                )),
          ],
        ]}
      />
    </>
  );
}

function NodeKpis({ scenario, type, names }: { scenario: string; type: string; names: string[] }) {
  const kpis = useApi<Kpis>(paths.kpis(scenario, type));
  return (
    <Await loaded={kpis}>
      {({ kpis: points }) => {
        const shown = names
          .map((name) => ({ name, points: points.filter((point) => point.kpi === name) }))
          .filter((kpi) => kpi.points.length > 0);
        if (shown.length === 0)
          return <Empty title="No run has measured this KPI yet.">Press Run to measure it.</Empty>;
        return shown.map((kpi) => (
          <section key={kpi.name} className="node-kpi">
            <h3>{kpi.name}</h3>
            <KpiChart points={kpi.points} height={160} />
            <KpiTable points={kpi.points} caption={`${kpi.name} by run`} />
          </section>
        ));
      }}
    </Await>
  );
}
