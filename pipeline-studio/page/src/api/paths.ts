import { apiPath } from "./client";

const scenario = (name: string): string => `/scenarios/${encodeURIComponent(name)}`;
const file = (path: string): string => `/files/${path.split("/").map(encodeURIComponent).join("/")}`;

/** A graph to draw: the scenario type, the scenario whose values are shown, and the collapsed groups. */
export interface Drawn {
  type: string;
  scenario: string | null;
  toggle: readonly string[];
}

/** The rows of a table to load, and the filters on its columns. */
export interface Rows {
  offset: number;
  limit: number;
  filters: Filters;
}

/** Conditions by column, as the user types them: `>= 10`, `ada`, `null`. */
export type Filters = Readonly<Record<string, string>>;

/** The paths of all endpoints. */
export const paths = {
  project: () => apiPath("/project"),
  graph: (type: string, toggle: readonly string[]) => apiPath("/graph", { type, toggle }),
  graphSvg: (drawn: Drawn, theme: "light" | "dark") => apiPath("/graph.svg", { ...drawn, theme }),
  graphHtml: (drawn: Drawn) => apiPath("/graph.html", { ...drawn }),
  scenarios: (type: string | null, more: { name?: string; limit?: number } = {}) =>
    apiPath("/scenarios", { type, ...more }),
  latestScenarios: (type: string) => apiPath("/scenarios", { type, sort: "last_run", descending: true, limit: 200 }),
  scenario: (name: string, type?: string) => apiPath(scenario(name), { type }),
  deletion: (name: string) => apiPath(`${scenario(name)}/deletion`),
  duplicate: (name: string, type: string) => apiPath(`${scenario(name)}/duplicate`, { type }),
  nodes: (name: string, type: string) => apiPath(`${scenario(name)}/nodes`, { type }),
  inputs: (name: string, type: string) => apiPath(`${scenario(name)}/inputs`, { type }),
  check: (name: string, type: string) => apiPath(`${scenario(name)}/inputs/check`, { type }),
  input: (name: string, type: string, node: string) =>
    apiPath(`${scenario(name)}/inputs/${encodeURIComponent(node)}`, { type }),
  edits: (name: string, type: string, node: string) => apiPath(`${scenario(name)}/edits`, { type, node }),
  revert: (name: string, type: string, edit: number) => apiPath(`${scenario(name)}/edits/${edit}/revert`, { type }),
  plan: (name: string, type: string) => apiPath(`${scenario(name)}/plan`, { type }),
  explain: (name: string, type: string, node: string) =>
    apiPath(`${scenario(name)}/explain/${encodeURIComponent(node)}`, { type }),
  start: (name: string, type: string) => apiPath(`${scenario(name)}/runs`, { type }),
  preview: (name: string, type: string, node: string, of: Rows) =>
    apiPath(`${scenario(name)}/nodes/${encodeURIComponent(node)}/preview`, {
      type,
      offset: of.offset,
      limit: of.limit,
      filters: Object.keys(of.filters).length === 0 ? null : JSON.stringify(of.filters),
    }),
  history: (name: string, type: string, node: string) =>
    apiPath(`${scenario(name)}/nodes/${encodeURIComponent(node)}/history`, { type }),
  lineage: (name: string, type: string, node: string) =>
    apiPath(`${scenario(name)}/nodes/${encodeURIComponent(node)}/lineage`, { type }),
  runs: (query: { scenario?: string | null; status?: string | null; limit?: number; before?: number | null }) =>
    apiPath("/runs", query),
  run: (run: number) => apiPath(`/runs/${run}`),
  cancel: (run: number) => apiPath(`/runs/${run}/cancel`),
  pin: (run: number) => apiPath(`/runs/${run}/pin`),
  kpis: (name: string | null, type: string, limit?: number) =>
    apiPath("/kpis", { ...(name === null ? {} : { type, scenario: name }), limit }),
  compare: (type: string, names: readonly string[], tables: boolean) =>
    apiPath("/compare", { type, scenario: names, tables: tables || null }),
  versions: () => apiPath("/versions"),
  difference: (from: number, to: number) => apiPath(`/versions/${from}/diff/${to}`),
  tasks: () => apiPath("/tasks"),
  inputTypes: () => apiPath("/input-types"),
  files: () => apiPath("/files"),
  file: (path: string) => apiPath(file(path)),
  drafts: () => apiPath("/drafts"),
  positions: (type: string) => apiPath("/positions", { type }),
  links: () => apiPath("/links"),
  events: () => apiPath("/events"),
};
