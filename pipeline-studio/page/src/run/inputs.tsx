import { useId, useState } from "react";
import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { ConfiguredBy, Edit, GraphView, NodeState, NodeView } from "../api/types";
import { Button, IconButton } from "../ui/button";
import { ago, moment, plural } from "../ui/format";
import { Await, Empty, Prose } from "../ui/text";
import { useWhole } from "../graph/whole";
import { useWorkspace } from "../workspace";
import { InputField } from "./input-field";
import { useSession } from "./session";

/** The inputs of the scenario. */
export function Inputs({ graph }: { graph: GraphView }) {
  const session = useSession();
  const inputs = useWhole(useWorkspace().type.id, graph).nodes.filter((node) => node.input);
  const changed = Object.keys(session.drafts).length;
  const wrong = session.outlook.errors.size;
  return (
    <section className="panel-section" aria-labelledby="inputs-heading">
      <header className="section-header">
        <h2 id="inputs-heading">Inputs</h2>
        {changed > 0 && (
          <div className="section-actions">
            <span className="muted">{plural(changed, "change")}</span>
            <Button look="quiet" onClick={session.discard}>
              Discard
            </Button>
            <Button
              disabled={wrong > 0 || session.missing}
              onClick={() => void session.write()}
              title="Save without running"
            >
              Save values
            </Button>
          </div>
        )}
      </header>
      {session.statesProblem !== null && <p className="field-error">{session.statesProblem}</p>}
      {inputs.length === 0 && <Empty title="This scenario type has no inputs." />}
      {inputs.map((node) => (
        <InputRow key={node.name} node={node} />
      ))}
    </section>
  );
}

/** An input: its field, the origin of its value, and its value history. */
export function InputRow({ node }: { node: NodeView }) {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const id = useId();
  const state = session.stateOf(node.name);
  const draft = session.drafts[node.name];
  const error = session.outlook.errors.get(node.name) ?? (draft === undefined ? (state?.problem ?? null) : null);
  const savedText = state?.text ?? (session.missing ? (node.default_text ?? node.default) : null) ?? "";
  const origin =
    draft === undefined ? originOf(state, node, session.missing) : `changed, was ${state?.value ?? "not set"}`;
  const describedBy = [node.docs === "" ? "" : `${id}-docs`, `${id}-origin`, error === null ? "" : `${id}-error`];
  return (
    <div className={`input-row ${draft === undefined ? "" : "changed"}`}>
      <div className="input-head">
        <label htmlFor={id}>{node.name}</label>
        <code className="input-type">{node.type}</code>
        <span className="input-origin" id={`${id}-origin`} title={origin}>
          {origin}
        </span>
        <span className="input-buttons">
          {draft !== undefined ? (
            <IconButton
              icon="undo"
              label={`Undo the change to ${node.name}`}
              onClick={() => session.type(node.name, null)}
            />
          ) : (
            state?.from?.kind === "store" && (
              <IconButton
                icon="revert"
                label={`Reset ${node.name} to its default`}
                onClick={() => void session.reset(node.name)}
              />
            )
          )}
          <IconButton
            icon="clock"
            label={`Value history of ${node.name}`}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
        </span>
      </div>
      <InputField
        id={id}
        shape={node.shape}
        secret={node.secret}
        required={node.required}
        value={draft ?? savedText}
        placeholder={
          node.secret ? (state?.value ?? "secret, used for the next run only") : node.required ? "value required" : ""
        }
        invalid={error !== null}
        loading={session.states === null && !session.missing && session.statesProblem === null}
        describedBy={describedBy.join(" ").trim()}
        onChange={(text) => session.type(node.name, text === savedText ? null : text)}
        onEnter={() => void session.start()}
      />
      {error !== null && (
        <p className="field-error" id={`${id}-error`}>
          <Prose text={error} />
        </p>
      )}
      {node.docs !== "" && (
        <p className="input-about" id={`${id}-docs`}>
          <Prose text={node.docs} />
        </p>
      )}
      {open && <ValueHistory node={node.name} />}
    </div>
  );
}

function originOf(state: NodeState | undefined, node: NodeView, missing: boolean): string {
  if (node.secret) return "secret, not stored";
  if (missing) return node.default === null ? "no value" : "default";
  if (!state?.from) return "";
  return originText(state.from);
}

function originText(from: ConfiguredBy): string {
  switch (from.kind) {
    case "default":
    case "scenario_type":
      return "default";
    case "file":
      return `from ${from.place}${from.profile === null ? "" : `, profile ${from.profile}`}`;
    case "variable":
      return `from environment variable ${from.name}`;
    case "argument":
      return `from argument ${from.name}`;
    case "store":
      return `set by ${from.author}, ${ago(from.made_us)}`;
    case "nothing":
      return "no value yet";
  }
}

function ValueHistory({ node }: { node: string }) {
  const { type, scenario } = useWorkspace();
  const session = useSession();
  const edits = useApi<Edit[]>(scenario === null ? null : paths.edits(scenario, type.id, node));
  return (
    <div className="former-values">
      <Await loaded={edits}>
        {(list) =>
          list.length === 0 ? (
            <p className="muted">This input was never changed in this scenario.</p>
          ) : (
            <ul aria-label={`Value history of ${node}`}>
              {list.map((edit) => (
                <li key={edit.edit}>
                  <code>{edit.value}</code>
                  {edit.default && <span className="muted"> default</span>}
                  <span className="muted" title={moment(edit.made_us)}>
                    {edit.author}, {ago(edit.made_us)}
                  </span>
                  {edit.current ? (
                    <span className="muted">current</span>
                  ) : (
                    <Button look="quiet" disabled={edit.gone} onClick={() => void session.revert(edit.edit)}>
                      Revert
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </div>
  );
}
