import { type FormEvent, useId, useState } from "react";
import { invalidate, under, useApi } from "../api/cache";
import { ApiError, messageOf, request } from "../api/client";
import { paths } from "../api/paths";
import type { Deletion, GraphView, NodeState, ScenarioInfo } from "../api/types";
import { useWhole } from "../graph/whole";
import { go } from "../route";
import { InputField } from "../run/input-field";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { bytes, plural } from "../ui/format";
import { Await, ErrorText, Prose } from "../ui/text";
import { toast } from "../ui/toasts";

interface NewScenarioProps {
  graph: GraphView;
  type: string;
  name: string;
  /** The scenario to duplicate; null creates one with the defaults. */
  origin: string | null;
  states: NodeState[] | null;
  onClose: () => void;
}

/** Asks for the name and inputs of a new scenario. The inputs are filled in from the original or the defaults. */
export function NewScenarioDialog({ graph, type, name: proposed, origin, states, onClose }: NewScenarioProps) {
  const [name, setName] = useState(proposed);
  const [values, setValues] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState(false);
  const id = useId();
  const inputs = useWhole(type, graph).nodes.filter((node) => node.input && !node.secret);

  const create = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = { name: name.trim(), inputs: values };
      const path = origin === null ? paths.scenarios(type) : paths.duplicate(origin, type);
      const created = await request<ScenarioInfo>("POST", path, body);
      invalidate(under("/scenarios"));
      onClose();
      go({ scenario: created.name, second: null });
      toast(`Created ${created.name}`, "success");
    } catch (error) {
      const inPlace = error instanceof ApiError ? error.errors : [];
      setErrors(new Map(inPlace.map((one) => [one.node, one.message])));
      setProblem(inPlace.length > 0 ? null : messageOf(error));
      setBusy(false);
    }
  };

  return (
    <Dialog title={origin === null ? "Create scenario" : `Duplicate ${origin}`} onClose={onClose} className="wide">
      <form onSubmit={(event) => void create(event)}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            type="text"
            value={name}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <fieldset className="dialog-inputs">
          <legend>Inputs</legend>
          {inputs.map((node) => {
            const initial = states?.find((state) => state.node === node.name)?.text ?? node.default_text ?? "";
            const error = errors.get(node.name);
            const field = `${id}-${node.name}`;
            return (
              <div key={node.name} className={`field ${values[node.name] === undefined ? "" : "changed"}`}>
                <label htmlFor={field}>{node.name}</label>
                <InputField
                  id={field}
                  shape={node.shape}
                  value={values[node.name] ?? initial}
                  invalid={error !== undefined}
                  describedBy={error === undefined ? undefined : `${field}-error`}
                  onChange={(text) => {
                    const { [node.name]: _, ...rest } = values;
                    setValues(text === initial ? rest : { ...rest, [node.name]: text });
                  }}
                />
                {error !== undefined && (
                  <p className="field-error" id={`${field}-error`}>
                    <Prose text={error} />
                  </p>
                )}
              </div>
            );
          })}
        </fieldset>
        {problem !== null && <ErrorText error={{ message: problem }} />}
        <div className="dialog-footer">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || name.trim() === ""}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ScenarioSettingsProps {
  info: ScenarioInfo;
  type: string;
  onClose: () => void;
}

export function ScenarioSettingsDialog({ info, type, onClose }: ScenarioSettingsProps) {
  const [name, setName] = useState(info.name);
  const [note, setNote] = useState(info.note);
  const [tags, setTags] = useState(info.tags.join(", "));
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const newTags = tags.split(/[,\s]+/).filter((tag) => tag !== "");
    try {
      const body = {
        ...(name.trim() === info.name ? {} : { name: name.trim() }),
        note,
        add_tags: newTags.filter((tag) => !info.tags.includes(tag)),
        remove_tags: info.tags.filter((tag) => !newTags.includes(tag)),
      };
      const changed = await request<ScenarioInfo>("PATCH", paths.scenario(info.name, type), body);
      invalidate(under("/scenarios", "/runs"));
      onClose();
      if (changed.name !== info.name) go({ scenario: changed.name }, "replace");
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  return (
    <Dialog title={`Scenario ${info.name}`} onClose={onClose}>
      <form onSubmit={(event) => void save(event)}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input id={`${id}-name`} type="text" value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-note`}>Note</label>
          <textarea id={`${id}-note`} rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </div>
        <div className="field">
          <label htmlFor={`${id}-tags`}>Tags</label>
          <input id={`${id}-tags`} type="text" value={tags} onChange={(event) => setTags(event.target.value)} />
        </div>
        {problem !== null && <ErrorText error={{ message: problem }} />}
        <div className="dialog-footer">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function DeleteScenarioDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const loaded = useApi<Deletion>(paths.deletion(name));
  const [problem, setProblem] = useState<string | null>(null);
  const remove = async () => {
    try {
      await request("DELETE", paths.scenario(name));
      onClose();
      go({ scenario: null, element: null, second: null }, "replace");
      invalidate(under("/scenarios", "/runs", "/kpis"));
      toast(`Deleted ${name}`);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title={`Delete ${name}`} onClose={onClose}>
      <Await loaded={loaded}>
        {(deletion) => (
          <p>
            This deletes {plural(deletion.runs, "run")}
            {deletion.pinned.length > 0 ? ` (${deletion.pinned.length} pinned)` : ""}, {plural(deletion.edits, "edit")}{" "}
            of {plural(deletion.inputs, "input")} and {plural(deletion.kpis, "KPI value")}, and frees{" "}
            {bytes(deletion.unshared_bytes)}. This can't be undone.
          </p>
        )}
      </Await>
      {problem !== null && <ErrorText error={{ message: problem }} />}
      <div className="dialog-footer">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" onClick={() => void remove()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
