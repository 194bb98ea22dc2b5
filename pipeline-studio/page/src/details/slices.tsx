import type { Elements } from "../graph/elements";
import { useSession } from "../run/session";
import { Button, IconButton } from "../ui/button";
import { commandLine } from "../ui/shell";
import { copyText } from "../ui/toasts";
import { useWorkspace, type Workspace } from "../workspace";

/** The data nodes that represent an element on the command line. */
function outputsOf(elements: Elements, id: string): string[] {
  const element = elements.byId.get(id);
  if (element?.kind === "node") return [element.name];
  if (element?.kind === "call") return element.view.outputs.map((port) => port.node);
  return [];
}

function runCommand({ project, type, scenario }: Workspace, slice: string[]): string {
  const file = type.file === null ? [] : ["--scenario-file", type.file];
  return commandLine([project.program, "run", ...file, "--scenario", scenario ?? project.default_scenario, ...slice]);
}

interface SlicesProps {
  elements: Elements;
  first: string;
  second: string | null;
}

/** Buttons that run a slice of the graph, or copy the command for it. */
export function Slices({ elements, first, second }: SlicesProps) {
  const workspace = useWorkspace();
  const session = useSession();
  const running = session.run?.status === "running";
  const from = outputsOf(elements, first);
  if (from.length === 0) return null;
  const isInput = (id: string): boolean => {
    const element = elements.byId.get(id);
    return element?.kind === "node" && element.view.input;
  };
  const copy = (slice: string[]) => void copyText(runCommand(workspace, slice), "Command");

  if (second !== null) {
    const to = outputsOf(elements, second);
    const [start, end] = elements.before.has(second) && isBefore(elements, first, second) ? [from, to] : [to, from];
    return (
      <section className="slices" aria-label="Slice">
        <p className="muted">
          From <code>{start.join(", ")}</code> to <code>{end.join(", ")}</code>
        </p>
        <SliceButtons
          name="run between"
          disabled={running}
          onCopy={() => copy(["--from", start.join(","), "--to", end.join(",")])}
          onRun={() => void session.start({ from: start, to: end })}
        />
      </section>
    );
  }
  return (
    <section className="slices" aria-label="Slice">
      {!isInput(first) && (
        <SliceButtons
          name="run up to here"
          disabled={running}
          onCopy={() => copy(["--to", from.join(",")])}
          onRun={() => void session.start({ to: from })}
        />
      )}
      <SliceButtons
        name="run from here"
        disabled={running}
        onCopy={() => copy(["--from", from.join(",")])}
        onRun={() => void session.start({ from })}
      />
    </section>
  );
}

interface SliceButtonsProps {
  name: string;
  disabled: boolean;
  onCopy: () => void;
  onRun: () => void;
}

function SliceButtons({ name, disabled, onCopy, onRun }: SliceButtonsProps) {
  return (
    <span className="slice-buttons">
      <Button icon="play" disabled={disabled} onClick={onRun}>
        {name[0]?.toUpperCase() + name.slice(1)}
      </Button>
      <IconButton icon="terminal" label={`Copy command: ${name}`} onClick={onCopy} />
    </span>
  );
}

function isBefore(elements: Elements, first: string, second: string): boolean {
  const open = [first];
  const seen = new Set(open);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === second) return true;
    for (const next of elements.after.get(id) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}
