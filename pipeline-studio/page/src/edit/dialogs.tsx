import { type FormEvent, useId, useState } from "react";
import { invalidate, useApi } from "../api/cache";
import { messageOf, request } from "../api/client";
import { paths } from "../api/paths";
import type { FileText, InputType, Project, TypeInfo } from "../api/types";
import { FRESH, go } from "../route";
import { InputField } from "../run/input-field";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ErrorText } from "../ui/text";
import type { Apply } from "./element-editor";
import { shapeOf } from "./fits";

interface AddInputProps {
  name: string;
  types: readonly InputType[];
  apply: Apply;
  onClose: () => void;
}

export function AddInputDialog({ name: proposed, types, apply, onClose }: AddInputProps) {
  const [name, setName] = useState(proposed);
  const [type, setType] = useState(types[0]?.type ?? "");
  const [value, setValue] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const add = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await apply({ kind: "add_input", input: name.trim(), type, ...(value === "" ? {} : { default: value }) });
      onClose();
      go({ element: `node:${name.trim()}`, second: null });
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title="Add input" onClose={onClose}>
      <form onSubmit={(event) => void add(event)}>
        <div className="field">
          <label htmlFor={`${id}-name`}>Name</label>
          <input
            id={`${id}-name`}
            type="text"
            spellCheck={false}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-type`}>Type</label>
          <select
            id={`${id}-type`}
            value={type}
            onChange={(event) => {
              setType(event.target.value);
              setValue("");
            }}
          >
            {types.map((one) => (
              <option key={one.type} value={one.type}>
                {one.type}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={`${id}-default`}>Default</label>
          <InputField
            id={`${id}-default`}
            shape={shapeOf(types, type)}
            value={value}
            placeholder="No default"
            onChange={setValue}
          />
        </div>
        {problem !== null && <ErrorText error={{ message: problem }} />}
        <div className="dialog-footer">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={name.trim() === "" || type === ""}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Creates a scenario file with a copy of a scenario type, for editing. */
export function CopyAsFileDialog({ type, onClose }: { type: TypeInfo; onClose: () => void }) {
  const stem = type.name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  const [path, setPath] = useState(`${stem}_copy.toml`);
  const [name, setName] = useState(`${type.name}Copy`);
  const [problem, setProblem] = useState<string | null>(null);
  const [created, setCreated] = useState<string | null>(null);
  const project = useApi<Project>(paths.project());
  const id = useId();
  if (created !== null && project.data?.types.some((one) => one.id === created)) {
    queueMicrotask(() => {
      onClose();
      go({ ...FRESH, view: "edit", type: created, scenario: null, toggle: [] });
    });
  }
  const create = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const file = await request<FileText>("POST", paths.files(), {
        path: path.trim(),
        name: name.trim(),
        from: type.id,
      });
      setCreated(file.path);
      invalidate((known) => known === paths.project());
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog title="Edit a copy as a scenario file" onClose={onClose}>
      <form onSubmit={(event) => void create(event)}>
        <div className="field">
          <label htmlFor={`${id}-path`}>File</label>
          <input
            id={`${id}-path`}
            type="text"
            spellCheck={false}
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-name`}>Scenario type name</label>
          <input
            id={`${id}-name`}
            type="text"
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        {problem !== null && <ErrorText error={{ message: problem }} />}
        <div className="dialog-footer">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={path.trim() === "" || name.trim() === "" || created !== null}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ConflictProps {
  path: string;
  mine: string;
  disk: string;
  onReload: () => void;
  onOverwrite: () => void;
  onClose: () => void;
}

/** Asks which version to keep when the file was changed on disk in the meantime. */
export function ConflictDialog({ path, mine, disk, onReload, onOverwrite, onClose }: ConflictProps) {
  return (
    <Dialog title={`${path} has changed on disk`} onClose={onClose} className="wide">
      <p>Which version do you want to keep?</p>
      <div className="two-texts">
        <section aria-label="On disk">
          <h3>On disk</h3>
          <pre tabIndex={0}>{onlyIn(disk, mine)}</pre>
        </section>
        <section aria-label="In the editor">
          <h3>In the editor</h3>
          <pre tabIndex={0}>{onlyIn(mine, disk)}</pre>
        </section>
      </div>
      <p className="muted">Only lines that differ are shown.</p>
      <div className="dialog-footer">
        <Button onClick={onClose}>Cancel</Button>
        <Button onClick={onReload}>Reload from disk</Button>
        <Button look="danger" onClick={onOverwrite}>
          Overwrite
        </Button>
      </div>
    </Dialog>
  );
}

/** The lines of `text` that `other` doesn't have. */
function onlyIn(text: string, other: string): string {
  const lines = new Set(other.split("\n"));
  return text
    .split("\n")
    .filter((line) => !lines.has(line))
    .join("\n");
}
