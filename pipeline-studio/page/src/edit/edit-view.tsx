import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { invalidate, under, useApi } from "../api/cache";
import { ApiError, request } from "../api/client";
import { paths } from "../api/paths";
import type { Change, Draft, InputType, Positions, TaskInfo } from "../api/types";
import { type Editing, GraphCanvas } from "../graph/canvas";
import { selectElement } from "../graph/graph-view";
import { newPicture } from "../graph/picture";
import { FRESH, go, splitId, useRoute } from "../route";
import { noteRun } from "../run/live";
import { nameFor } from "../scenario/names";
import { Button, IconButton } from "../ui/button";
import { Icon } from "../ui/icons";
import { isTyping, useKeys } from "../ui/shortcuts";
import { SidePanel } from "../ui/side-panel";
import { Await, Empty, ErrorText, Facts } from "../ui/text";
import { toast, toastError } from "../ui/toasts";
import { useWorkspace } from "../workspace";
import { AddInputDialog, ConflictDialog, CopyAsFileDialog } from "./dialogs";
import { type Editor, editorOf, type EditorState, useEditor } from "./editor";
import { CallEditor, NodeEditor } from "./element-editor";
import { FileTextView } from "./file-text";
import { fittingIn, freeName } from "./fits";
import { Palette } from "./palette";
import { ProblemList } from "./problem-list";

interface EditPageProps {
  focus: { id: string } | null;
}

export function EditPage({ focus }: EditPageProps) {
  const { type } = useWorkspace();
  const [copying, setCopying] = useState(false);
  if (type.file !== null) return <FileEditor key={type.file} path={type.file} focus={focus} />;
  return (
    <main className="page" aria-label="Edit">
      <h1 className="visually-hidden">Edit</h1>
      <Empty title={`${type.name} is written in Rust.`}>
        Edit it in the program's source code, or make a copy as a scenario file, which can be edited and run here
        without recompiling.
      </Empty>
      <Button icon="file" look="primary" onClick={() => setCopying(true)}>
        Edit a copy as a scenario file
      </Button>
      {copying && <CopyAsFileDialog type={type} onClose={() => setCopying(false)} />}
    </main>
  );
}

function FileEditor({ path, focus }: { path: string; focus: { id: string } | null }) {
  const editor = useMemo(() => editorOf(path), [path]);
  const state = useEditor(editor);
  if (state.problem !== null)
    return (
      <main className="page" aria-label="Edit">
        <h1 className="visually-hidden">Edit</h1>
        <ErrorText error={{ message: state.problem }} />
        <Button onClick={() => void editor.reload()}>Try again</Button>
      </main>
    );
  if (!state.draft) return <p className="loading">Loading</p>;
  return <EditView editor={editor} state={state} draft={state.draft} focus={focus} />;
}

interface EditViewProps {
  editor: Editor;
  state: EditorState;
  draft: Draft;
  focus: { id: string } | null;
}

function EditView({ editor, state, draft, focus }: EditViewProps) {
  const { element, second } = useRoute();
  const workspace = useWorkspace();
  const types = useApi<InputType[]>(paths.inputTypes());
  const tasks = useApi<TaskInfo[]>(paths.tasks());
  const [picture] = useState(newPicture);
  const [textShown, setTextShown] = useState(false);
  const [adding, setAdding] = useState(false);
  const [focused, setFocused] = useState<{ id: string } | null>(null);
  const { graph } = draft;
  const graphNow = useRef(graph);
  useEffect(() => {
    graphNow.current = graph;
  }, [graph]);

  const apply = useCallback((change: Change) => editor.apply(change), [editor]);
  const attempt = useCallback((change: Change) => void editor.apply(change).catch(toastError), [editor]);
  const outputOf = (id: string): string =>
    graphNow.current.calls.find((call) => call.id === id)?.outputs[0]?.node ?? "";

  const addTask = useCallback(
    async (task: TaskInfo, at: [number, number] | null) => {
      const before = graphNow.current;
      const names: string[] = [];
      for (const index of task.outputs.keys()) {
        const stem = task.outputs.length > 1 ? `${task.name}_${index + 1}` : `${task.name}_result`;
        names.push(freeName(before, stem));
      }
      try {
        const after = await editor.apply({ kind: "add_task", function: task.path, outputs: names });
        const added = after.graph.calls.find((call) => call.outputs.some((port) => names.includes(port.node)));
        if (!added) return;
        if (at) {
          const positions: Positions = { [added.id]: at };
          added.outputs.forEach((port, index) => {
            positions[`node:${port.node}`] = [at[0] + added.rect.width + 60, at[1] + 80 * index];
          });
          await editor.place(positions);
          await editor.redraw();
        } else setFocused({ id: added.id });
        go({ element: added.id, second: null });
      } catch (error) {
        toastError(error);
      }
    },
    [editor],
  );

  const remove = useCallback(
    (id: string) => {
      const [kind, name] = splitId(id);
      const node = graphNow.current.nodes.find((one) => one.id === id);
      if (kind === "call") attempt({ kind: "remove_task", output: outputOf(id) });
      else if (node?.input) attempt({ kind: "remove_input", input: name });
      else return toast(`${name} is produced by a task. Delete the task to remove it.`);
      go({ element: null, second: null }, "replace");
    },
    [attempt],
  );

  const taskList = tasks.data;
  const moves = useRef<{ positions: Positions; timer: number | undefined }>({ positions: {}, timer: undefined });
  const editing = useMemo<Editing>(
    () => ({
      fitting: fittingIn(graph),
      onConnect: (from, call, argument) =>
        attempt({ kind: "connect", output: outputOf(call), parameter: argument, node: splitId(from)[1] }),
      onRefused: (why) => toast(why, "error"),
      onMoved: (positions) => {
        const waiting = moves.current;
        Object.assign(waiting.positions, positions);
        window.clearTimeout(waiting.timer);
        waiting.timer = window.setTimeout(() => {
          const moved = waiting.positions;
          waiting.positions = {};
          editor.place(moved).catch(toastError);
        }, 400);
      },
      onDropTask: (path, at) => {
        const task = taskList?.find((one) => one.path === path);
        if (task) void addTask(task, at);
      },
      onDelete: remove,
      onDisconnect: (call, argument) =>
        attempt({ kind: "connect", output: outputOf(call), parameter: argument, node: null }),
    }),
    [graph, editor, attempt, addTask, remove, taskList],
  );

  const save = useCallback(
    async (overwrite = false): Promise<boolean> => {
      try {
        const written = await editor.save(overwrite);
        if (written) toast(`Saved ${editor.path}`, "success");
        return written;
      } catch (error) {
        toastError(error);
        return false;
      }
    },
    [editor],
  );

  const saveAndRun = async () => {
    if (state.dirty && !(await save())) return;
    try {
      const scenario = workspace.scenario ?? nameFor(editor.path);
      const run = await startRun(editor.path, scenario);
      noteRun(scenario, run);
      invalidate(under("/project", "/scenarios", "/runs"));
      go({ ...FRESH, view: "graph", scenario });
    } catch (error) {
      toastError(error);
    }
  };

  useKeys(
    useCallback(
      (event: KeyboardEvent) => {
        if (!event.ctrlKey && !event.metaKey) return;
        const key = event.key.toLowerCase();
        if (key === "s") void save();
        else if (isTyping(event.target)) return;
        else if (key === "z" && event.shiftKey) editor.redo().catch(toastError);
        else if (key === "z") editor.undo().catch(toastError);
        else if (key === "y") editor.redo().catch(toastError);
        else return;
        event.preventDefault();
      },
      [editor, save],
    ),
  );

  const node = graph.nodes.find((one) => one.id === element);
  const call = graph.calls.find((one) => one.id === element);
  return (
    <main className="edit" aria-label="Edit">
      <h1 className="visually-hidden">Edit {editor.path}</h1>
      <div className="edit-bar" role="toolbar" aria-label="Edit the file">
        <Icon name="file" />
        <strong>{editor.path}</strong>
        <span className="muted" role="status">
          {state.dirty ? "Unsaved changes" : "Saved"}
        </span>
        <span className="grow" />
        <IconButton
          icon="undo"
          label="Undo"
          keys="Ctrl+Z"
          disabled={!state.canUndo}
          onClick={() => void editor.undo().catch(toastError)}
        />
        <IconButton
          icon="redo"
          label="Redo"
          keys="Ctrl+Shift+Z"
          disabled={!state.canRedo}
          onClick={() => void editor.redo().catch(toastError)}
        />
        <Button icon="tidy" onClick={() => void editor.tidyUp().catch(toastError)}>
          Tidy up
        </Button>
        <Button icon="text" aria-pressed={textShown} onClick={() => setTextShown(!textShown)}>
          TOML
        </Button>
        <Button
          icon="save"
          look={state.dirty ? "primary" : "plain"}
          disabled={!state.dirty}
          onClick={() => void save()}
        >
          Save
        </Button>
        <Button icon="play" disabled={!draft.runnable} onClick={() => void saveAndRun()}>
          Save and run
        </Button>
      </div>
      {state.changedOnDisk && (
        <div className="banner" role="alert">
          <Icon name="warning" />
          <span>{editor.path} has changed on disk, and you have unsaved changes.</span>
          <Button onClick={() => void editor.reload()}>Reload from disk</Button>
        </div>
      )}
      <div className="edit-body">
        <Palette onAddInput={() => setAdding(true)} onAddTask={(task) => void addTask(task, null)} />
        <div className="edit-centre">
          <GraphCanvas
            key={`${editor.path} ${state.opened}`}
            graph={graph}
            picture={picture}
            selected={element}
            second={second}
            onSelect={selectElement}
            onOpen={(id) => selectElement(id, false)}
            focus={focused ?? focus}
            editing={editing}
          >
            {graph.nodes.length + graph.calls.length === 0 && (
              <div className="canvas-empty">
                <Empty title="The file is empty.">Add an input, then a task from the list on the left.</Empty>
              </div>
            )}
          </GraphCanvas>
          {textShown && <FileTextView text={draft.text} problems={draft.problems} />}
          <ProblemList
            problems={draft.problems}
            path={editor.path}
            onSelect={(id) => {
              selectElement(id, false);
              setFocused({ id });
            }}
          />
        </div>
        <SidePanel label="Details">
          {node ? (
            <NodeEditor graph={graph} node={node} types={types.data ?? []} apply={apply} onDelete={remove} />
          ) : call ? (
            <CallEditor graph={graph} call={call} apply={apply} onDelete={remove} />
          ) : (
            <Overview draft={draft} />
          )}
        </SidePanel>
      </div>
      {adding && (
        <Await loaded={types}>
          {(known) => (
            <AddInputDialog
              name={freeName(graph, "input")}
              types={known}
              apply={apply}
              onClose={() => setAdding(false)}
            />
          )}
        </Await>
      )}
      {state.conflict && (
        <ConflictDialog
          path={editor.path}
          mine={draft.text}
          disk={state.conflict.text}
          onReload={() => void editor.reload()}
          onOverwrite={() => void save(true)}
          onClose={() => editor.dropConflict()}
        />
      )}
    </main>
  );
}

/** Runs a scenario, and creates it first if it doesn't exist. */
async function startRun(type: string, scenario: string): Promise<number> {
  const start = async () => (await request<{ run: number }>("POST", paths.start(scenario, type), {})).run;
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    await request("POST", paths.scenarios(type), { name: scenario });
    return start();
  }
}

function Overview({ draft: { graph } }: { draft: Draft }) {
  const inputs = graph.nodes.filter((node) => node.input).length;
  return (
    <div className="panel-section">
      <h2>{graph.name}</h2>
      {graph.docs !== "" && <p className="docs">{graph.docs}</p>}
      <Facts
        facts={[
          ["Inputs", String(inputs)],
          ["Tasks", String(graph.calls.length)],
          ["Data nodes", String(graph.nodes.length)],
        ]}
      />
      <h3>How to edit</h3>
      <ul className="plain-list">
        <li>Add a task: click it in the list or drag it onto the graph.</li>
        <li>
          Connect: drag from the right edge of a data node to an argument of a task, or select it in the task's details.
        </li>
        <li>Disconnect: double-click the line, or select “Not connected” in the task's details.</li>
        <li>Rename, describe or set a default: select the element.</li>
        <li>Delete: select the element and press Delete.</li>
        <li>Undo with Ctrl+Z, redo with Ctrl+Shift+Z, save with Ctrl+S.</li>
      </ul>
    </div>
  );
}
