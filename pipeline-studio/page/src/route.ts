import { useSyncExternalStore } from "react";

export const VIEWS = ["graph", "runs", "compare", "kpis", "versions", "edit"] as const;
export type View = (typeof VIEWS)[number];

/** The state in the page's URL, after the `#`. */
export interface Route {
  view: View;
  type: string;
  /** Null: the project's default. */
  scenario: string | null;
  /** The id of the selected element: "node:…", "call:…" or "group:…". */
  element: string | null;
  /** A second selected element, for a slice. */
  second: string | null;
  tab: string | null;
  run: number | null;
  /** The other scenarios to compare with. */
  others: string[];
  toggle: string[];
  kpi: string | null;
  from: number | null;
  to: number | null;
}

const KINDS: [string, string][] = [
  ["node", "node"],
  ["task", "call"],
  ["group", "group"],
];

function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parameters = new URLSearchParams(query);
  const number = (key: string): number | null => {
    const text = parameters.get(key);
    return text !== null && /^\d+$/.test(text) ? Number(text) : null;
  };
  const kind = KINDS.find(([key]) => parameters.has(key));
  return {
    view: VIEWS.find((view) => view === path) ?? "graph",
    type: parameters.get("type") ?? "program",
    scenario: parameters.get("scenario"),
    element: kind ? `${kind[1]}:${parameters.get(kind[0])}` : null,
    second: parameters.get("second"),
    tab: parameters.get("tab"),
    run: number("run"),
    others: parameters.getAll("with"),
    toggle: parameters.getAll("toggle"),
    kpi: parameters.get("kpi"),
    from: number("from"),
    to: number("to"),
  };
}

function write(route: Route): string {
  const parameters = new URLSearchParams();
  const put = (key: string, value: string | number | null) => {
    if (value !== null) parameters.append(key, String(value));
  };
  if (route.type !== "program") put("type", route.type);
  put("scenario", route.scenario);
  if (route.element !== null) {
    const [prefix, name] = splitId(route.element);
    put(KINDS.find(([, start]) => start === prefix)?.[0] ?? "node", name);
  }
  put("second", route.second);
  put("tab", route.tab);
  put("run", route.run);
  route.others.forEach((name) => put("with", name));
  route.toggle.forEach((group) => put("toggle", group));
  put("kpi", route.kpi);
  put("from", route.from);
  put("to", route.to);
  const query = parameters.toString();
  return `#/${route.view}${query === "" ? "" : `?${query}`}`;
}

/** Splits "node:scored_df" into ["node", "scored_df"]. */
export function splitId(id: string): [string, string] {
  const colon = id.indexOf(":");
  return [id.slice(0, colon), id.slice(colon + 1)];
}

let hash = window.location.hash;
let route = parse(hash);
const listeners = new Set<() => void>();

function read(): void {
  if (window.location.hash === hash) return;
  hash = window.location.hash;
  route = parse(hash);
  listeners.forEach((listener) => listener());
}

window.addEventListener("hashchange", read);
window.addEventListener("popstate", read);

export const currentRoute = (): Route => route;

export function href(change: Partial<Route>): string {
  return write({ ...route, ...change });
}

export function go(change: Partial<Route>, how: "push" | "replace" = "push"): void {
  const next = href(change);
  if (next === window.location.hash) return;
  if (how === "push") window.history.pushState(null, "", next);
  else window.history.replaceState(null, "", next);
  read();
}

export function useRoute(): Route {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => route,
  );
}

/** State of a single view, reset when switching to another view. */
export const FRESH: Partial<Route> = {
  element: null,
  second: null,
  tab: null,
  run: null,
  others: [],
  kpi: null,
  from: null,
  to: null,
};
