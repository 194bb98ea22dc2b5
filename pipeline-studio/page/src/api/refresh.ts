import { toast } from "../ui/toasts";
import { invalidate, under } from "./cache";
import { listen } from "./events";
import type { StudioEvent } from "./types";

/** Events come in bursts, so affected data are requested again at most this often. */
const PAUSE_MS = 300;

const touched = new Set<(path: string) => boolean>();
let timer: number | undefined;

function touch(matches: (path: string) => boolean): void {
  touched.add(matches);
  timer ??= window.setTimeout(() => {
    timer = undefined;
    const all = [...touched];
    touched.clear();
    invalidate((path) => all.some((one) => one(path)));
  }, PAUSE_MS);
}

const scenarioPath = (name: string): string => `/scenarios/${encodeURIComponent(name)}`;
const LISTS = under("/scenarios?", "/runs?", "/kpis", "/versions", "/compare");
const STORE = under("/scenarios", "/runs", "/kpis", "/versions", "/compare");

function refresh(event: StudioEvent): void {
  switch (event.event) {
    case "hello":
      touch(() => true);
      break;
    case "store":
      touch(STORE);
      break;
    case "submission":
      touch(LISTS);
      touch(under(`/runs/${event.run}`, scenarioPath(event.scenario)));
      break;
    case "node":
      touch(under(`${scenarioPath(event.scenario)}/nodes`));
      break;
    case "scenario":
      touch(under("/scenarios?", scenarioPath(event.scenario), "/compare"));
      break;
    case "warning":
      toast(`${event.scenario}: ${event.message}`, "warning");
      break;
    case "file":
      touch(under("/project", "/graph", "/scenarios"));
      break;
    case "job":
    case "progress":
      break;
  }
}

export function refreshOnEvents(): void {
  listen(refresh);
}
