// Types of requests and responses. Durations (`_us`) are in microseconds, points in time in microseconds since
// 1970-01-01 UTC.

// ---- project ----

export interface Project {
  /** The command that starts the program. */
  program: string;
  directory: string;
  store: string;
  author: string;
  default_scenario: string;
  /** The program's own type first, then the scenario files of the project. */
  types: TypeInfo[];
}

export interface TypeInfo {
  /** "program", or the path of a scenario file inside the project. */
  id: string;
  name: string;
  docs: string;
  file: string | null;
  /** Why it can't be used. A file with errors can only be opened in Edit. */
  problem: string | null;
}

// ---- graph ----

export interface GraphView {
  name: string;
  docs: string;
  type: string;
  width: number;
  height: number;
  nodes: NodeView[];
  calls: CallView[];
  groups: GroupView[];
  edges: EdgeView[];
  warnings: string[];
  kpis: { name: string; unit: string; better: Better; node: string }[];
}

export type Better = "higher" | "lower";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface NodeView {
  id: string;
  name: string;
  type: string;
  docs: string;
  input: boolean;
  secret: boolean;
  required: boolean;
  default: string | null;
  /** The default, as a user would type it. */
  default_text: string | null;
  shape: Shape;
  columns: ColumnView[];
  made_by: string | null;
  read_by: string[];
  rect: Rect;
  group: string | null;
  problems?: string[];
}

export interface ColumnView {
  name: string;
  type: string;
  nullable: boolean;
  key: boolean;
  docs: string;
}

export type Shape =
  | { kind: "flag" }
  | { kind: "integer"; signed: boolean; bits: number }
  | { kind: "number" }
  | { kind: "text" }
  | { kind: "path" }
  | { kind: "paths" }
  | { kind: "choice"; choices: string[] }
  | { kind: "fields"; fields: string[] }
  | { kind: "list" }
  | { kind: "map" }
  | { kind: "optional"; inner: Shape }
  | { kind: "table" }
  | { kind: "any" };

export interface CallView {
  id: string;
  /** The job's name: the task's, followed by the first output if the task is used more than once. */
  name: string;
  task: string;
  path: string;
  module: string;
  file: string;
  line: number;
  docs: string;
  skippable: boolean;
  retries: number;
  timeout_us: number | null;
  version: string | null;
  /** The condition under which it runs, if it is in an arm of a branch. */
  condition?: { text: string; y: number } | null;
  parameters: PortView[];
  outputs: { node: string; type: string; y: number }[];
  rect: Rect;
  group: string | null;
  problems?: string[];
}

export interface PortView {
  name: string;
  type: string;
  /** Null in drafts, if not connected. */
  node: string | null;
  y: number;
}

export interface GroupView {
  id: string;
  name: string;
  label: string;
  /** The scenario type of a subscenario; null for a module. A subscenario is drawn as one box until it is toggled. */
  scenario: string | null;
  docs: string;
  collapsed: boolean;
  calls: number;
  nodes: number;
  rect: Rect | null;
}

export interface EdgeView {
  id: string;
  from: string;
  to: string;
  port: string | null;
  output: string | null;
  /** Intermediate points at which the edge passes other elements. */
  points: [number, number][];
}

// ---- scenarios ----

export interface ScenarioList {
  scenarios: ScenarioInfo[];
  total: number;
}

export interface ScenarioInfo {
  name: string;
  type: string;
  created_us: number;
  author: string;
  origin: string | null;
  note: string;
  tags: string[];
  properties: Record<string, string>;
  version: number | null;
  runs: number;
  last_run: { run: number; status: RunStatus; started_us: number; wall_us: number } | null;
}

export interface Deletion {
  scenario: string;
  inputs: number;
  edits: number;
  runs: number;
  /** The pinned runs. */
  pinned: number[];
  kpis: number;
  unshared_bytes: number;
}

export interface NodeState {
  node: string;
  value: string | null;
  /** For inputs: the value, as a user would type it. */
  text: string | null;
  from: ConfiguredBy | null;
  rows: number | null;
  bytes: number | null;
  content: string | null;
  status: JobStatus | null;
  reason: string | null;
  problem: string | null;
}

export type ConfiguredBy =
  | { kind: "default" }
  | { kind: "scenario_type"; name: string }
  | { kind: "file"; place: string; profile: string | null }
  | { kind: "variable"; name: string }
  | { kind: "argument"; name: string }
  | { kind: "store"; edit: number; author: string; made_us: number }
  | { kind: "nothing" };

export interface Edit {
  edit: number;
  node: string;
  value: string;
  type: string;
  default: boolean;
  made_us: number;
  author: string;
  current: boolean;
  gone: boolean;
}

export interface InputError {
  node: string;
  message: string;
}

export type Decision = "run" | "skip" | "undecided" | "fail";

export interface Plan {
  scenario: string;
  type: string;
  pending: boolean;
  cut_offs: string[];
  expected_us: { least: number; most: number };
  jobs: PlannedJob[];
}

export interface PlannedJob {
  name: string;
  task: string;
  outputs: string[];
  decision: Decision;
  reason: Reason;
  expected_us: number | null;
}

export interface Reason {
  kind: string;
  text: string;
  [part: string]: unknown;
}

export interface Explanation {
  scenario: string;
  node: string;
  job: string;
  task: string;
  file: string;
  line: number;
  decision: Decision;
  reason: Reason;
  key: string | null;
  version: string | null;
  code: string;
  parts: { title: string; file: string; line?: number | null; hash: string }[];
  crates: string[];
  inputs: { parameter: string; node: string; content: string | null; value: string | null; ignored: boolean }[];
  toolchain: { rustc: string; target: string; profile: string };
  strict: boolean;
}

/** A value without its content. */
export interface ValueRef {
  hash: string;
  bytes?: number;
  rows?: number | null;
  summary?: string;
  given?: string | null;
  files?: InputFile[];
  secret?: boolean;
}

export interface InputFile {
  path: string;
  content: string;
}

export interface RunRequest {
  inputs?: Record<string, string>;
  to?: string[];
  from?: string[];
  /** Jobs or nodes; an empty list means all. */
  force?: string[];
  workers?: number;
}

export type Cell = string | number | boolean | null | object;

export type Preview =
  | { kind: "table"; columns: ColumnView[]; rows: Cell[][]; offset: number; more: boolean; total: number | null }
  | { kind: "value"; text: string; truncated: boolean }
  | { kind: "none"; why: string };

export interface HistoryPoint {
  run: number;
  started_us: number;
  author: string;
  version: number | null;
  status: JobStatus | null;
  reason: string | null;
  value: string | null;
  content: string | null;
  changed: boolean;
}

export interface Lineage {
  scenario: string;
  type: string;
  run: number;
  started_us: number;
  author: string;
  version: number;
  commit: string | null;
  node: string | null;
  nodes: {
    node: string;
    type: string;
    input: boolean;
    content: string;
    value: string;
    bytes: number | null;
    rows: number | null;
    files?: InputFile[];
    columns?: [string, string, boolean][];
  }[];
  jobs: {
    job: string;
    task: string;
    code: string;
    status: JobStatus;
    reason: string;
    key: string | null;
    arguments: [string, string][];
    outputs: string[];
    started_us: number;
    duration_us: number;
    made?: { scenario: string; started_us: number; duration_us: number } | null;
    error?: JobError | null;
  }[];
}

// ---- runs ----

export type RunStatus = "running" | "completed" | "failed" | "canceled";

export type JobStatus =
  "submitted" | "blocked" | "pending" | "running" | "completed" | "skipped" | "failed" | "canceled" | "abandoned";

export interface RunInfo {
  run: number;
  scenario: string;
  type: string;
  status: RunStatus;
  started_us: number;
  wall_us: number;
  version: number | null;
  author: string;
  pinned: boolean;
}

export interface Run {
  run: number;
  scenario: string;
  type: string;
  status: RunStatus;
  version: number | null;
  author: string;
  started_us: number;
  wall_us: number;
  written_bytes: number;
  peak_memory_bytes: number | null;
  saved_us: number;
  inputs: (ValueRef & { node: string })[];
  kpis: KpiValue[];
  jobs: Job[];
  warnings: string[];
  /** Whether it is running in the server's process and can be canceled. */
  here: boolean;
}

export interface Job {
  name: string;
  task: string;
  status: JobStatus;
  reason: Reason | null;
  started_us: number;
  duration_us: number;
  attempts: number;
  key: string | null;
  saved_us: number | null;
  outputs: (ValueRef & { node: string })[];
  error: JobError | null;
  log: LogLine[];
  file: string;
  line: number;
  progress: { rows: number; bytes: number } | null;
}

export interface JobError {
  message: string;
  causes: string[];
  kind: "returned" | "panicked" | "timed_out" | "process_ended" | "not_carried_out";
  place?: string | null;
}

export interface LogLine {
  at_us: number;
  level: string;
  target: string;
  text: string;
}

/** An exact number: a string if a JSON number could not represent it. */
export type Exact = number | string;

/** KPIs of the latest runs, the best values of all runs, and whether there are earlier runs. */
export interface Kpis {
  kpis: KpiPoint[];
  best: KpiPoint[];
  more: boolean;
}

export interface KpiValue {
  kpi: string;
  value: Exact | null;
  unit: string;
  better: Better;
}

export interface KpiPoint extends KpiValue {
  scenario: string;
  run: number;
  started_us: number;
  best: boolean;
}

export interface Comparison {
  runs: { scenario: string; run: number; status: RunStatus; started_us: number; version: number | null }[];
  inputs: { node: string; values: (string | null)[] }[];
  code: { kind: string; [part: string]: unknown }[][];
  nodes: ComparedNode[];
  kpis: {
    kpi: string;
    unit: string;
    better: Better;
    values: (Exact | null)[];
    changes: (Exact | null)[];
    best: number | null;
  }[];
}

export interface ComparedNode {
  node: string;
  equal: boolean;
  values: (string | null)[];
  contents: (string | null)[];
  /** For each run, how its table differs from the first run's. */
  tables?: (TableDifference | null)[];
  compared?: { name: string; values: unknown[] }[];
  problems?: string[];
}

export interface TableDifference {
  keys: string[];
  rows: [number, number];
  only_first: number;
  only_second: number;
  changed: number;
  columns: { column: string; cells: number }[];
  examples: { key: string[]; cells: [string, string, string][]; only_in: "first" | "second" | null }[];
}

export interface Version {
  version: number;
  hash: string;
  made_us: number;
  author: string;
  commit: string | null;
  scenarios: number;
  runs: number;
  wiring: { type: string };
}

export interface VersionDifference {
  from: number;
  to: number;
  changes: { kind: string; text: string; [part: string]: unknown }[];
}

// ---- events ----

export type StudioEvent =
  | { event: "hello" }
  | { event: "submission"; scenario: string; run: number; status: RunStatus; jobs: number }
  | JobEvent
  | { event: "progress"; scenario: string; run: number; job: string; rows: number; bytes: number }
  | { event: "node"; scenario: string; run: number; node: string; made: boolean }
  | { event: "scenario"; scenario: string }
  | { event: "warning"; scenario: string; message: string }
  | { event: "store" }
  | { event: "file"; path: string; hash: string | null };

export interface JobEvent {
  event: "job";
  scenario: string;
  run: number;
  job: string;
  status: JobStatus;
  phase?: "writing";
  said?: LogLine;
  retry?: { attempts: number; error: string; wait_us: number };
  report?: Job;
}

// ---- edit ----

export interface TaskInfo {
  path: string;
  name: string;
  module: string;
  file: string;
  line: number;
  docs: string;
  signature: string;
  skippable: boolean;
  parameters: { name: string; type: string }[];
  outputs: { type: string }[];
}

export interface InputType {
  type: string;
  shape: Shape;
}

export interface FileText {
  path: string;
  text: string;
  hash: string;
}

export type Change =
  | { kind: "add_input"; input: string; type: string; default?: string }
  | { kind: "remove_input"; input: string }
  | { kind: "set_default"; input: string; text: string | null }
  | { kind: "set_docs"; node: string; docs: string }
  | { kind: "add_task"; function: string; outputs: string[] }
  | { kind: "remove_task"; output: string }
  | { kind: "connect"; output: string; parameter: string; node: string | null }
  | { kind: "rename"; node: string; to: string }
  | { kind: "set_skippable"; output: string; skippable: boolean | null };

export interface Draft {
  text: string;
  graph: GraphView;
  problems: DraftProblem[];
  runnable: boolean;
}

export interface DraftProblem {
  message: string;
  line: number;
  column: number;
  warning: boolean;
  element: string | null;
}

export type Positions = Record<string, [number, number]>;

/** The body of an error response. */
export interface Problems {
  error: string;
  code: string;
  errors?: InputError[];
}
