import { useId } from "react";
import type { CallView, Change, Draft, GraphView, InputType, NodeView, PortView } from "../api/types";
import { DetailsHead, ElementLink } from "../details/details-head";
import { go } from "../route";
import { InputField } from "../run/input-field";
import { Button } from "../ui/button";
import { Facts, Prose } from "../ui/text";
import { toastError } from "../ui/toasts";
import { CommitField, DocsCommitField, TextCommitField } from "./commit-field";
import { fits, shapeOf } from "./fits";

/** Applies a change. Rejects with the reason if the change is not possible. */
export type Apply = (change: Change) => Promise<Draft>;

interface NodeEditorProps {
  graph: GraphView;
  node: NodeView;
  types: readonly InputType[];
  apply: Apply;
  onDelete: (id: string) => void;
}

export function NodeEditor({ graph, node, types, apply, onDelete }: NodeEditorProps) {
  const rename = async (to: string) => {
    await apply({ kind: "rename", node: node.name, to });
    go({ element: `node:${to}` }, "replace");
  };
  return (
    <>
      <DetailsHead kind={node.input ? "Input" : "Data node"} look="data" name={node.name} type={node.type} />
      <Problems problems={node.problems} />
      <div className="panel-section" key={node.id}>
        <TextCommitField label="Name" value={node.name} onCommit={rename} />
        <DocsCommitField
          label="Description"
          value={node.docs}
          onCommit={(docs) => apply({ kind: "set_docs", node: node.name, docs })}
        />
        {node.input && <DefaultField node={node} types={types} apply={apply} />}
        <Facts
          facts={[
            [
              "Produced by",
              node.made_by === null ? null : <ElementLink id={`call:${node.made_by}`}>{node.made_by}</ElementLink>,
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
        {node.input ? (
          <Button icon="trash" look="danger" onClick={() => onDelete(node.id)}>
            Delete input
          </Button>
        ) : (
          <p className="muted">Produced by a task; delete the task to remove it.</p>
        )}
        {graph.calls.length === 0 && <p className="muted">Add a task from the list on the left.</p>}
      </div>
    </>
  );
}

function DefaultField({ node, types, apply }: Pick<NodeEditorProps, "node" | "types" | "apply">) {
  const set = (text: string | null) => apply({ kind: "set_default", input: node.name, text });
  const shape = node.shape.kind === "any" ? shapeOf(types, node.type) : node.shape;
  return (
    <>
      <CommitField label="Default" value={node.default_text ?? node.default ?? ""} onCommit={set}>
        {(field) => (
          <InputField
            id={field.id}
            shape={shape}
            value={field.value}
            invalid={field.invalid}
            describedBy={field.describedBy}
            placeholder="No default: each scenario needs a value"
            onChange={(text) => {
              field.onChange(text);
              if (shape.kind === "choice" || shape.kind === "flag") field.onCommit(text);
            }}
          />
        )}
      </CommitField>
      {node.default !== null && (
        <Button look="quiet" onClick={() => void set(null).catch(toastError)}>
          Remove default
        </Button>
      )}
    </>
  );
}

interface CallEditorProps {
  graph: GraphView;
  call: CallView;
  apply: Apply;
  onDelete: (id: string) => void;
}

export function CallEditor({ graph, call, apply, onDelete }: CallEditorProps) {
  const output = call.outputs[0]?.node ?? "";
  const id = useId();
  const setSkippable = (skippable: boolean | null) =>
    void apply({ kind: "set_skippable", output, skippable }).catch(toastError);
  return (
    <>
      <DetailsHead kind="Task" look="task" name={call.name} type={call.path} />
      <Problems problems={call.problems} />
      <div className="panel-section" key={call.id}>
        {call.docs !== "" && (
          <p className="docs">
            <Prose text={call.docs} />
          </p>
        )}
        <h3>Arguments</h3>
        {call.parameters.length === 0 && <p className="muted">No arguments</p>}
        {call.parameters.map((port) => (
          <ArgumentField
            key={port.name}
            graph={graph}
            call={call}
            port={port}
            onChoose={(node) => void apply({ kind: "connect", output, parameter: port.name, node }).catch(toastError)}
          />
        ))}
        <h3>Outputs</h3>
        {call.outputs.map((port) => (
          <TextCommitField
            key={port.node}
            label={`Output name (${port.type})`}
            value={port.node}
            onCommit={async (to) => {
              const draft = await apply({ kind: "rename", node: port.node, to });
              const same = draft.graph.calls.find((one) => one.outputs.some((other) => other.node === to));
              if (same && same.id !== call.id) go({ element: same.id }, "replace");
            }}
          />
        ))}
        <div className="check-field">
          <input
            id={`${id}-skippable`}
            type="checkbox"
            checked={call.skippable}
            onChange={(event) => setSkippable(event.target.checked)}
          />
          <label htmlFor={`${id}-skippable`}>Skippable: known results are reused</label>
          <Button look="quiet" onClick={() => setSkippable(null)}>
            Reset to the code's setting
          </Button>
        </div>
        <Facts
          facts={[
            [
              "Source",
              call.file === "" ? null : (
                <code>
                  {call.file}:{call.line}
                </code>
              ),
            ],
          ]}
        />
        <Button icon="trash" look="danger" onClick={() => onDelete(call.id)}>
          Delete task
        </Button>
      </div>
    </>
  );
}

interface ArgumentFieldProps {
  graph: GraphView;
  call: CallView;
  port: PortView;
  onChoose: (node: string | null) => void;
}

/** Connects an argument without dragging. Lists the data nodes of its type, except the task's own outputs. */
function ArgumentField({ graph, call, port, onChoose }: ArgumentFieldProps) {
  const id = useId();
  const own = new Set(call.outputs.map((output) => output.node));
  const fitting = graph.nodes.filter((node) => fits(node, port) && !own.has(node.name));
  const known = port.node === null || fitting.some((node) => node.name === port.node);
  return (
    <div className="field">
      <label htmlFor={id}>{port.name}</label> <code className="input-type">{port.type}</code>
      <select
        id={id}
        aria-invalid={port.node === null || undefined}
        value={port.node ?? ""}
        onChange={(event) => onChoose(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">Not connected</option>
        {!known && port.node !== null && <option value={port.node}>{port.node} (wrong type)</option>}
        {fitting.map((node) => (
          <option key={node.name} value={node.name}>
            {node.name}
          </option>
        ))}
      </select>
      {fitting.length === 0 && (
        <p className="muted">No data node has the type {port.type}. Add an input or a task that produces one.</p>
      )}
    </div>
  );
}

function Problems({ problems }: { problems: string[] | undefined }) {
  if (!problems || problems.length === 0) return null;
  return (
    <ul className="faults" aria-label="Problems of the element">
      {problems.map((problem) => (
        <li key={problem} className="field-error">
          <Prose text={problem} />
        </li>
      ))}
    </ul>
  );
}
