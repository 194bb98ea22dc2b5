import { paths } from "./api/paths";
import { request } from "./api/client";
import { useConnection } from "./api/events";
import type { GraphView } from "./api/types";
import { go, useRoute } from "./route";
import { planSummary } from "./run/plan-section";
import { useSession } from "./run/session";
import { ScenarioBar } from "./scenario/scenario-bar";
import { Button } from "./ui/button";
import { plural } from "./ui/format";
import { Icon } from "./ui/icons";
import { Menu } from "./ui/menu";
import { isFinished } from "./ui/status";
import { ThemeSwitch } from "./ui/theme-switch";
import { copyText, toastError } from "./ui/toasts";
import { useWorkspace } from "./workspace";

interface TopBarProps {
  graph: GraphView | undefined;
  onSearch: () => void;
}

export function TopBar({ graph, onSearch }: TopBarProps) {
  const { project, type } = useWorkspace();
  const { view } = useRoute();
  const connection = useConnection();
  const copyLink = async () => {
    try {
      const { url } = await request<{ url: string }>("POST", paths.links(), {});
      await copyText(url, "Link for another browser");
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <header className="top-bar">
      <div className="program" title={project.directory}>
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <path d="M11 16h10M11 9c6 0 4 7 10 7M11 23c6 0 4-7 10-7" />
          <rect x="2" y="5" width="9" height="8" rx="2.5" className="mark-data" />
          <rect x="2" y="19" width="9" height="8" rx="2.5" className="mark-data" />
          <rect x="20" y="11" width="10" height="10" rx="2.5" className="mark-task" />
        </svg>
        <strong>{project.program}</strong>
      </div>
      <select
        className="type-picker"
        aria-label="Scenario type"
        title={type.file === null ? "The program's own type" : `From the file ${type.file}`}
        value={type.id}
        onChange={(event) => {
          const next = project.types.find((one) => one.id === event.target.value);
          go({
            type: event.target.value,
            scenario: null,
            element: null,
            second: null,
            tab: null,
            others: [],
            toggle: [],
            view: next?.problem != null ? "edit" : view,
          });
        }}
      >
        {project.types.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
            {one.file === null ? "" : ` (${one.file})`}
            {one.problem === null ? "" : ", has errors"}
          </option>
        ))}
      </select>
      {type.problem === null && <ScenarioBar graph={graph} />}
      <span className="grow" />
      {connection === "lost" && (
        <span className="connection" role="status">
          <Icon name="warning" /> Connection lost. Reconnecting…
        </span>
      )}
      <button type="button" className="search-button" aria-label="Search" aria-keyshortcuts="/" onClick={onSearch}>
        <Icon name="search" />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      {type.problem === null && <RunButton />}
      <ThemeSwitch />
      <Menu
        label="More"
        icon="more"
        items={[{ label: "Copy a link for another browser", icon: "link", onSelect: () => void copyLink() }]}
      />
    </header>
  );
}

function RunButton() {
  const { scenario } = useWorkspace();
  const session = useSession();
  const { run, outlook, starting } = session;
  if (run?.status === "running") {
    const done = run.jobs.filter((job) => isFinished(job.status)).length;
    return (
      <div className="run-button">
        <span className="run-summary">
          Run {run.run}: {done} of {plural(run.jobs.length, "job")} done
        </span>
        <Button
          icon="stop"
          look="danger"
          disabled={!run.here}
          title={run.here ? "Cancel the run" : "Started in another process; cancel it there."}
          onClick={() => void session.cancel()}
        >
          Cancel
        </Button>
      </div>
    );
  }
  const wrong = outlook.errors.size;
  const summary = session.missing
    ? "New scenario"
    : wrong > 0
      ? plural(wrong, "invalid value")
      : outlook.plan
        ? planSummary(outlook.plan)
        : outlook.problem !== null
          ? "No plan"
          : "";
  return (
    <div className="run-button">
      <span className={`run-summary ${wrong > 0 ? "bad" : ""}`} id="run-summary">
        {summary}
      </span>
      <Button
        icon="play"
        look="primary"
        aria-describedby="run-summary"
        disabled={scenario === null || starting || wrong > 0}
        onClick={() => void session.start()}
      >
        Run
      </Button>
      <Menu
        label="More run options"
        icon="down"
        className="icon-button run-more"
        items={[
          {
            label: "Re-run everything (ignore cache)",
            icon: "revert",
            disabled: scenario === null || starting || wrong > 0,
            onSelect: () => void session.start({ force: [] }),
          },
        ]}
      />
    </div>
  );
}
