import { useMemo, useState } from "react";
import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { TaskInfo } from "../api/types";
import { TASK_DRAG } from "../graph/canvas";
import { Button } from "../ui/button";
import { fuzzyFilter } from "../ui/fuzzy";
import { Await, Breakable, Empty, Prose } from "../ui/text";

interface PaletteProps {
  onAddInput: () => void;
  onAddTask: (task: TaskInfo) => void;
}

/** Elements that can be added: inputs, and the program's task functions by source file. */
export function Palette({ onAddInput, onAddTask }: PaletteProps) {
  const tasks = useApi<TaskInfo[]>(paths.tasks());
  return (
    <section className="palette" aria-label="Add">
      <Button icon="plus" onClick={onAddInput}>
        Add input
      </Button>
      <h2>Tasks</h2>
      <Await loaded={tasks}>{(list) => <TaskList tasks={list} onAddTask={onAddTask} />}</Await>
    </section>
  );
}

function TaskList({ tasks, onAddTask }: { tasks: TaskInfo[]; onAddTask: (task: TaskInfo) => void }) {
  const [typed, setTyped] = useState("");
  const files = useMemo(() => {
    const found = fuzzyFilter(tasks, typed, (task) => `${task.name} ${task.signature}`);
    const byFile = new Map<string, TaskInfo[]>();
    for (const task of found) byFile.set(task.file, [...(byFile.get(task.file) ?? []), task]);
    return [...byFile];
  }, [tasks, typed]);
  if (tasks.length === 0)
    return <Empty title="The program has no task functions.">Write one with #[task], then build the program.</Empty>;
  return (
    <>
      <input
        type="search"
        aria-label="Search task functions"
        placeholder="Search task functions"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <p className="muted">Click to add, or drag onto the graph.</p>
      {files.length === 0 && <p className="muted">No matches</p>}
      {files.map(([file, list]) => (
        <section key={file} aria-label={file} className="palette-file">
          <h3>{file}</h3>
          <ul>
            {list.map((task) => (
              <li key={task.path}>
                <button
                  type="button"
                  className="palette-task"
                  title={`${task.path}\n${task.file}:${task.line}`}
                  draggable
                  onDragStart={(event) => {
                    event.dataTransfer.setData(TASK_DRAG, task.path);
                    event.dataTransfer.effectAllowed = "copy";
                  }}
                  onClick={() => onAddTask(task)}
                >
                  <span className="visually-hidden">Add task </span>
                  <strong>
                    <Breakable name={task.name} />
                  </strong>
                  <code>{task.signature.replace(/^fn \w+/, "")}</code>
                  {task.docs !== "" && (
                    <span className="muted">
                      <Prose text={task.docs.split("\n", 1)[0] ?? ""} />
                    </span>
                  )}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
