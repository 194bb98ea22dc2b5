import { useDeferredValue, useState } from "react";
import { useApi, useLast } from "../api/cache";
import { paths } from "../api/paths";
import type { GraphView, ScenarioInfo, ScenarioList } from "../api/types";
import { go } from "../route";
import { useSession } from "../run/session";
import { Button } from "../ui/button";
import { Combobox, type Option } from "../ui/combobox";
import { ago } from "../ui/format";
import { Menu } from "../ui/menu";
import { StatusBadge } from "../ui/status";
import { useWorkspace } from "../workspace";
import { proposeName } from "./names";
import { DeleteScenarioDialog, NewScenarioDialog, ScenarioSettingsDialog } from "./scenario-dialogs";

const MOST = 200;

type Open = { kind: "create"; name: string } | { kind: "duplicate" } | { kind: "settings" } | { kind: "delete" } | null;

/** Selects, creates, duplicates, edits and deletes scenarios. */
export function ScenarioBar({ graph }: { graph: GraphView | undefined }) {
  const { type, scenario } = useWorkspace();
  const { states, info } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const [typed, setTyped] = useState("");
  // The list is filtered in the page. The server is searched only if the list is incomplete.
  const pattern = useDeferredValue(typed.trim());
  const all = useApi<ScenarioList>(paths.latestScenarios(type.id));
  const searchesServer = (all.data?.total ?? 0) > MOST && pattern !== "";
  const found = useApi<ScenarioList>(
    searchesServer ? paths.scenarios(type.id, { name: `*${pattern}*`, limit: MOST }) : null,
  );
  const list = useLast(searchesServer ? found : all, type.id).data?.scenarios ?? [];
  const options = list.map(optionOf);
  if (scenario !== null && !list.some((one) => one.name === scenario))
    options.unshift({ value: scenario, label: scenario });
  const close = () => setOpen(null);
  return (
    <div className="scenario-bar">
      <Combobox
        label="Scenario"
        value={scenario ?? ""}
        options={options}
        placeholder="Select or create a scenario"
        empty="No scenarios of this type yet. Type a name to create one."
        onTyped={setTyped}
        onChoose={(name) => go({ scenario: name, others: [] })}
        create={{
          text: (name) => `Create scenario ${name}`,
          onCreate: (name) => setOpen({ kind: "create", name }),
        }}
      />
      <Button
        icon="duplicate"
        disabled={info === null || graph === undefined}
        onClick={() => setOpen({ kind: "duplicate" })}
      >
        Duplicate
      </Button>
      <Menu
        label="Scenario options"
        icon="more"
        items={[
          { label: "Create scenario", icon: "plus", onSelect: () => setOpen({ kind: "create", name: "" }) },
          {
            label: "Edit name, note and tags",
            icon: "edit",
            disabled: info === null,
            onSelect: () => setOpen({ kind: "settings" }),
          },
          {
            label: "Delete scenario",
            icon: "trash",
            danger: true,
            disabled: info === null,
            onSelect: () => setOpen({ kind: "delete" }),
          },
        ]}
      />
      {graph && open?.kind === "create" && (
        <NewScenarioDialog graph={graph} type={type.id} name={open.name} origin={null} states={null} onClose={close} />
      )}
      {graph && scenario !== null && open?.kind === "duplicate" && (
        <NewScenarioDialog
          graph={graph}
          type={type.id}
          name={proposeName(scenario, [scenario, ...list.map((one) => one.name)])}
          origin={scenario}
          states={states}
          onClose={close}
        />
      )}
      {info && open?.kind === "settings" && <ScenarioSettingsDialog info={info} type={type.id} onClose={close} />}
      {info && open?.kind === "delete" && <DeleteScenarioDialog name={info.name} onClose={close} />}
    </div>
  );
}

function optionOf(info: ScenarioInfo): Option {
  return {
    value: info.name,
    label: info.name,
    detail:
      info.last_run === null ? (
        "not run yet"
      ) : (
        <>
          {info.last_run.status !== "completed" && <StatusBadge status={info.last_run.status} />}{" "}
          {ago(info.last_run.started_us)}
        </>
      ),
  };
}
