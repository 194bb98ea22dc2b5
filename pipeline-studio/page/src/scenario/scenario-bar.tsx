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

/** Chooses, creates, duplicates and looks after scenarios. */
export function ScenarioBar({ graph }: { graph: GraphView | undefined }) {
  const { type, scenario } = useWorkspace();
  const { states, info } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const [typed, setTyped] = useState("");
  // The list is searched here; only of very many scenarios the server is asked for those that fit.
  const wanted = useDeferredValue(typed.trim());
  const all = useApi<ScenarioList>(paths.latestScenarios(type.id));
  const isPart = (all.data?.total ?? 0) > MOST && wanted !== "";
  const part = useApi<ScenarioList>(isPart ? paths.scenarios(type.id, { name: `*${wanted}*`, limit: MOST }) : null);
  const list = useLast(isPart ? part : all, type.id).data?.scenarios ?? [];
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
        placeholder="Choose or create a scenario"
        empty="No scenario of this type yet. Type a name to create one."
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
        label="More about the scenario"
        icon="more"
        items={[
          { label: "Create a scenario", icon: "plus", onSelect: () => setOpen({ kind: "create", name: "" }) },
          {
            label: "Name, note and tags",
            icon: "edit",
            disabled: info === null,
            onSelect: () => setOpen({ kind: "settings" }),
          },
          {
            label: "Delete the scenario",
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
        "never run"
      ) : (
        <>
          {info.last_run.status !== "completed" && <StatusBadge status={info.last_run.status} />}{" "}
          {ago(info.last_run.started_us)}
        </>
      ),
  };
}
