import { useMemo, useState } from "react";
import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import { useWhole } from "./whole";
import type { GraphView, ScenarioList } from "../api/types";
import { Dialog } from "../ui/dialog";
import { fuzzyFilter } from "../ui/fuzzy";

interface Hit {
  kind: "data node" | "input" | "task" | "scenario" | "group";
  id: string;
  name: string;
  detail: string;
  group: string | null;
}

interface SearchProps {
  type: string;
  /** Whether the type has a graph. */
  usable: boolean;
  onClose: () => void;
  /** Called with the element and its group. */
  onElement: (id: string, group: string | null) => void;
  onScenario: (name: string) => void;
}

const MOST = 50;

/** A search dialog for data nodes, tasks, groups and scenarios, with fuzzy matching. */
export function Search({ type, usable, onClose, onElement, onScenario }: SearchProps) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  // The graph without collapsed groups, so that hidden elements are found too.
  const graph = useWhole(type, useApi<GraphView>(usable ? paths.graph(type, []) : null).data);
  const scenarios = useApi<ScenarioList>(paths.latestScenarios(type));
  const all = useMemo<Hit[]>(
    () => [
      ...(graph?.nodes ?? []).map((node): Hit => ({
        kind: node.input ? "input" : "data node",
        id: node.id,
        name: node.name,
        detail: node.type,
        group: node.group,
      })),
      ...(graph?.calls ?? []).map((call): Hit => ({
        kind: "task",
        id: call.id,
        name: call.name,
        detail: call.file,
        group: call.group,
      })),
      ...(graph?.groups ?? []).map((group): Hit => ({
        kind: "group",
        id: group.id,
        name: group.label,
        detail: group.docs || group.name,
        group: null,
      })),
      ...(scenarios.data?.scenarios ?? []).map((scenario): Hit => ({
        kind: "scenario",
        id: scenario.name,
        name: scenario.name,
        detail: scenario.note,
        group: null,
      })),
    ],
    [graph, scenarios.data],
  );
  const hits = useMemo(() => fuzzyFilter(all, typed, (hit) => hit.name).slice(0, MOST), [all, typed]);
  const choose = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    if (hit.kind === "scenario") onScenario(hit.id);
    else onElement(hit.id, hit.group);
  };
  return (
    <Dialog title="Search" bare className="search" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Search data nodes, tasks and scenarios"
        aria-expanded="true"
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={hits.length > 0 ? `search-hit-${at}` : undefined}
        placeholder="Search data nodes, tasks and scenarios"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const next = event.key === "ArrowDown" ? at + 1 : event.key === "ArrowUp" ? at - 1 : null;
          if (next !== null) {
            const index = Math.max(0, Math.min(hits.length - 1, next));
            setAt(index);
            document.getElementById(`search-hit-${index}`)?.scrollIntoView({ block: "nearest" });
          } else if (event.key === "Enter") choose(hits[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="search-hits" role="listbox" aria-label="Search results" className="search-hits">
        {hits.map((hit, index) => (
          <li
            key={`${hit.kind} ${hit.id}`}
            id={`search-hit-${index}`}
            role="option"
            aria-selected={index === at}
            className={index === at ? "active" : ""}
            onMouseEnter={() => setAt(index)}
            onClick={() => choose(hit)}
          >
            <span className={`kind kind-${hit.kind.replace(" ", "-")}`}>{hit.kind}</span>
            <span className="option-label">{hit.name}</span>
            <span className="option-detail">{hit.detail}</span>
          </li>
        ))}
        {hits.length === 0 && (
          <li role="option" aria-selected={false} aria-disabled="true" className="none">
            No matches
          </li>
        )}
      </ul>
    </Dialog>
  );
}
