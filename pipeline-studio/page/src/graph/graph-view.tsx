import { useCallback, useDeferredValue, useMemo, useState } from "react";
import type { Loaded } from "../api/cache";
import type { GraphView, GroupView } from "../api/types";
import { GroupDetails } from "../details/group-details";
import { NodeDetails } from "../details/node-details";
import { TaskDetails } from "../details/task-details";
import { currentRoute, go, splitId, useRoute } from "../route";
import { Inputs } from "../run/inputs";
import { PlanSection } from "../run/plan-section";
import { RunSection } from "../run/run-section";
import { useSession } from "../run/session";
import { Button } from "../ui/button";
import { plural } from "../ui/format";
import { Icon } from "../ui/icons";
import { Menu } from "../ui/menu";
import { SidePanel } from "../ui/side-panel";
import { Await, Empty, Prose } from "../ui/text";
import { useWorkspace } from "../workspace";
import { GraphCanvas } from "./canvas";
import { type Elements, elementsOf } from "./elements";
import { exportGraph } from "./exports";
import { newPicture } from "./picture";
import { usePictureOf } from "./statuses";

interface GraphPageProps {
  loaded: Loaded<GraphView>;
  focus: { id: string } | null;
}

export function GraphPage({ loaded, focus }: GraphPageProps) {
  const { type } = useWorkspace();
  if (type.problem !== null)
    return (
      <main className="page" aria-label="Graph">
        <h1 className="visually-hidden">Graph</h1>
        <Empty title={`${type.name} can't be used: its file has errors.`}>
          <Prose text={type.problem} />
        </Empty>
        <Button icon="edit" onClick={() => go({ view: "edit" })}>
          Open in Edit
        </Button>
      </main>
    );
  return <Await loaded={loaded}>{(graph) => <GraphWithPanel graph={graph} focus={focus} />}</Await>;
}

export function selectElement(id: string | null, extend: boolean): void {
  const { element } = currentRoute();
  if (extend && element !== null && id !== null && id !== element) go({ second: id });
  else go({ element: id, second: null, tab: null });
}

export function toggleGroup(name: string): void {
  const { toggle } = currentRoute();
  const next = toggle.includes(name) ? toggle.filter((one) => one !== name) : [...toggle, name];
  go({ toggle: next, element: null, second: null });
}

function GraphWithPanel({ graph, focus }: { graph: GraphView; focus: { id: string } | null }) {
  const { element, second } = useRoute();
  const session = useSession();
  const [picture] = useState(newPicture);
  usePictureOf(picture, graph, session);
  const elements = useMemo(() => elementsOf(graph), [graph]);
  // The graph is rendered first: the panel of a large graph has hundreds of fields.
  const inPanel = useDeferredValue<GraphView | null>(graph, null);

  const onOpen = useCallback(
    (id: string) => {
      const [kind, name] = splitId(id);
      if (kind === "group" && graph.groups.some((group) => group.name === name)) return toggleGroup(name);
      selectElement(id, false);
      requestAnimationFrame(() => document.querySelector<HTMLElement>(".side-panel [role=tab][tabindex='0']")?.focus());
    },
    [graph],
  );

  return (
    <div className="with-panel">
      <main className="graph-area" aria-label="Graph">
        <h1 className="visually-hidden">Graph of {graph.name}</h1>
        <GraphCanvas
          key={graph.type}
          graph={graph}
          picture={picture}
          selected={element}
          second={second}
          onSelect={selectElement}
          onOpen={onOpen}
          focus={focus}
        >
          <GraphTools graph={graph} />
        </GraphCanvas>
      </main>
      <SidePanel label="Details">
        {inPanel && <PanelContent graph={inPanel} elements={elements} element={element} />}
      </SidePanel>
    </div>
  );
}

interface PanelContentProps {
  graph: GraphView;
  elements: Elements;
  element: string | null;
}

function PanelContent({ graph, elements, element }: PanelContentProps) {
  const { scenario } = useWorkspace();
  const node = graph.nodes.find((one) => one.id === element);
  if (node) return <NodeDetails graph={graph} elements={elements} node={node} />;
  const call = graph.calls.find((one) => one.id === element);
  if (call) return <TaskDetails elements={elements} call={call} />;
  const group = graph.groups.find((one) => one.id === element);
  if (group) return <GroupDetails group={group} onToggle={toggleGroup} />;
  if (scenario === null)
    return (
      <Empty title="No scenarios of this type yet">
        Type a name into the Scenario field at the top to create one, then change its inputs and press Run.
      </Empty>
    );
  return (
    <>
      <ScenarioHead />
      <RunSection />
      <Inputs graph={graph} />
      <PlanSection />
    </>
  );
}

function ScenarioHead() {
  const { info } = useSession();
  if (!info || (info.note === "" && info.tags.length === 0 && info.origin === null)) return null;
  return (
    <section className="panel-section scenario-head" aria-label="About the scenario">
      {info.note !== "" && <p>{info.note}</p>}
      <p className="muted">
        {info.origin !== null && <>Duplicated from {info.origin}. </>}
        {info.tags.map((tag) => (
          <span key={tag} className="chip">
            {tag}
          </span>
        ))}
      </p>
    </section>
  );
}

function GraphTools({ graph }: { graph: GraphView }) {
  const { type, scenario } = useWorkspace();
  const { toggle } = useRoute();
  const save = (format: "png" | "svg" | "html") =>
    void exportGraph(format, { type: type.id, scenario, toggle }, graph.name);
  const groups = graph.groups;
  const toggleAll = (which: (group: GroupView) => boolean) =>
    go({ toggle: groups.filter(which).map((group) => group.name), element: null, second: null });
  return (
    <div className="canvas-tools">
      {graph.warnings.length > 0 && (
        <details className="canvas-warnings">
          <summary>
            <Icon name="warning" /> {plural(graph.warnings.length, "warning")}
          </summary>
          <ul>
            {graph.warnings.map((warning) => (
              <li key={warning}>
                <Prose text={warning} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {groups.length > 1 && (
        <Menu
          label="Groups"
          icon="tidy"
          className="button button-plain"
          items={[
            ...(groups.some((group) => !group.collapsed)
              ? [{ label: "Collapse all groups", onSelect: () => toggleAll((group) => group.scenario === null) }]
              : []),
            ...(groups.some((group) => group.collapsed)
              ? [{ label: "Expand all groups", onSelect: () => toggleAll((group) => group.scenario !== null) }]
              : []),
            ...groups.map((group) => ({
              label: `${group.collapsed ? "Expand" : "Collapse"} ${group.label}`,
              onSelect: () => toggleGroup(group.name),
            })),
          ]}
        >
          <span>Groups</span>
        </Menu>
      )}
      <Menu
        label="Export"
        icon="export"
        className="button button-plain"
        items={[
          { label: "PNG", onSelect: () => save("png") },
          { label: "SVG", onSelect: () => save("svg") },
          { label: "HTML (self-contained)", onSelect: () => save("html") },
        ]}
      >
        <span>Export</span>
      </Menu>
    </div>
  );
}
