// What the page takes the server to send and to take is what its description says: a difference fails the type check.
// `schema.d.ts` is made from ../openapi.json by `npm run types`.
import type { components } from "./schema";
import type * as ours from "./types";

type Described = components["schemas"];

/** What is described as it is sent: what may be null is always there; lists may be left out when they are empty. */
type Sent<T> = T extends readonly unknown[]
  ? { [I in keyof T]: Sent<T[I]> }
  : T extends object
    ? { [K in keyof T as null extends T[K] ? never : K]: Sent<T[K]> } & {
        [K in keyof T as null extends T[K] ? K : never]-?: Sent<Exclude<T[K], undefined>>;
      }
    : T;

type Fits<Given extends Wanted, Wanted> = [Given, Wanted];

/** The page understands what the server sends. */
export type Received = [
  Fits<Sent<Described["ProjectInfo"]>, ours.Project>,
  Fits<Sent<Described["GraphView"]>, ours.GraphView>,
  Fits<Sent<Described["ScenarioList"]>, ours.ScenarioList>,
  Fits<Sent<Described["Deletion"]>, ours.Deletion>,
  Fits<Sent<Described["NodeState"]>, ours.NodeState>,
  Fits<Sent<Described["Edit"]>, ours.Edit>,
  Fits<Sent<Described["PlanView"]>, ours.Plan>,
  Fits<Sent<Described["ExplanationView"]>, ours.Explanation>,
  Fits<Sent<Described["Page"]>, ours.Preview>,
  Fits<Sent<Described["HistoryPoint"]>, ours.HistoryPoint>,
  Fits<Sent<Described["Lineage"]>, ours.Lineage>,
  Fits<Sent<Described["RunInfo"]>, ours.RunInfo>,
  Fits<Sent<Described["RunView"]>, ours.Run>,
  Fits<Sent<Described["Kpis"]>, ours.Kpis>,
  Fits<Sent<Described["KpiPoint"]>, ours.KpiPoint>,
  Fits<Sent<Described["Comparison"]>, ours.Comparison>,
  Fits<Sent<Described["Version"]>, ours.Version>,
  Fits<Sent<Described["TaskInfo"]>, ours.TaskInfo>,
  Fits<Sent<Described["InputType"]>, ours.InputType>,
  Fits<Sent<Described["FileText"]>, ours.FileText>,
  Fits<Sent<Described["DraftView"]>, ours.Draft>,
];

/** The server understands what the page sends. */
export type Asked = [Fits<ours.Change, Described["Change"]>];
