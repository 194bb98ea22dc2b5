import { useCallback, useMemo, useState } from "react";
import { type Loaded, useApi, useLast } from "./api/cache";
import { paths } from "./api/paths";
import type { GraphView, Project, ScenarioList } from "./api/types";
import { CompareView } from "./compare/compare-view";
import { EditPage } from "./edit/edit-view";
import { expanded } from "./graph/elements";
import { GraphPage } from "./graph/graph-view";
import { Search } from "./graph/search";
import { KpisView } from "./kpis/kpis-view";
import { FRESH, go, href, type Route, useRoute, type View } from "./route";
import { SessionProvider } from "./run/session";
import { nameFor } from "./scenario/names";
import { RunsView } from "./runs/runs-view";
import { TopBar } from "./top-bar";
import { ErrorBoundary } from "./ui/error-boundary";
import { Icon } from "./ui/icons";
import { isTyping, useKeys } from "./ui/shortcuts";
import { Empty, ErrorText } from "./ui/text";
import { Toasts } from "./ui/toasts";
import { VersionsView } from "./versions/versions-view";
import { type Workspace, WorkspaceContext } from "./workspace";

const NAMES: Record<View, string> = {
  graph: "Graph",
  runs: "Runs",
  compare: "Compare",
  kpis: "KPIs",
  versions: "Versions",
  edit: "Edit",
};

export function App() {
  const project = useApi<Project>(paths.project());
  return (
    <>
      {project.data ? (
        <Opened project={project.data} />
      ) : project.error ? (
        <main className="whole-page">
          <h1>Studio can't be opened</h1>
          <ErrorText error={project.error} />
        </main>
      ) : (
        <p className="whole-page loading">Loading</p>
      )}
      <Toasts />
    </>
  );
}

function useWorkspaceOf(project: Project, route: Route): Workspace | null {
  const type = project.types.find((one) => one.id === route.type);
  const own = type === project.types[0];
  const needsLatest = type && route.scenario === null && !own && type.problem === null;
  const list = useApi<ScenarioList>(needsLatest ? paths.latestScenarios(type.id) : null);
  const latest = list.data && (list.data.scenarios[0]?.name ?? nameFor(route.type));
  const scenario = route.scenario ?? (own ? project.default_scenario : (latest ?? null));
  return useMemo(() => (type ? { project, type, scenario } : null), [project, type, scenario]);
}

function Opened({ project }: { project: Project }) {
  const route = useRoute();
  const workspace = useWorkspaceOf(project, route);
  const usable = workspace?.type.problem === null;
  const graph = useLast(useApi<GraphView>(usable ? paths.graph(route.type, route.toggle) : null), route.type);
  const [searching, setSearching] = useState(false);
  const [focus, setFocus] = useState<{ id: string } | null>(null);
  const selected = route.element !== null;

  useKeys(
    useCallback(
      (event: KeyboardEvent) => {
        if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey) {
          event.preventDefault();
          setSearching(true);
        } else if (event.key === "Escape" && selected) {
          if (isTyping(event.target)) (event.target as HTMLElement).blur();
          else go({ element: null, second: null, tab: null });
        }
      },
      [selected],
    ),
  );

  if (!workspace)
    return (
      <main className="whole-page">
        <Empty title={`Scenario type ${route.type} not found`}>
          The file may have been moved or deleted.{" "}
          <a href={href({ ...FRESH, type: "program" })}>Open the program's own type</a>
        </Empty>
      </main>
    );

  return (
    <WorkspaceContext value={workspace}>
      <SessionProvider graph={graph.data}>
        <div className="app">
          <TopBar graph={graph.data} onSearch={() => setSearching(true)} />
          <Views current={route.view} />
          <div className="view">
            <ErrorBoundary key={route.view}>
              <CurrentView view={route.view} graph={graph} focus={focus} />
            </ErrorBoundary>
          </div>
        </div>
        {searching && (
          <Search
            type={workspace.type.id}
            usable={usable}
            onClose={() => setSearching(false)}
            onElement={(id, hidden) => {
              go({
                view: route.view === "edit" ? "edit" : "graph",
                element: id,
                second: null,
                tab: null,
                toggle: expanded(graph.data, route.toggle, hidden),
              });
              setFocus({ id });
            }}
            onScenario={(name) => go({ scenario: name })}
          />
        )}
      </SessionProvider>
    </WorkspaceContext>
  );
}

function Views({ current }: { current: View }) {
  return (
    <nav className="views" aria-label="Views">
      {(Object.keys(NAMES) as View[]).map((view) => (
        <a key={view} href={href({ ...FRESH, view })} aria-current={view === current ? "page" : undefined}>
          <Icon name={view} size={18} />
          {NAMES[view]}
        </a>
      ))}
    </nav>
  );
}

interface CurrentViewProps {
  view: View;
  graph: Loaded<GraphView>;
  focus: { id: string } | null;
}

function CurrentView({ view, graph, focus }: CurrentViewProps) {
  switch (view) {
    case "graph":
      return <GraphPage loaded={graph} focus={focus} />;
    case "runs":
      return <RunsView />;
    case "compare":
      return <CompareView />;
    case "kpis":
      return <KpisView />;
    case "versions":
      return <VersionsView />;
    case "edit":
      return <EditPage focus={focus} />;
  }
}
