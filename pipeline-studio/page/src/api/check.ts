// Compares the page's types with the server's OpenAPI description: a difference fails the type check.
// `npm run types` generates `schema.d.ts` from ../openapi.json.
import type { components } from "./schema";
import type * as ours from "./types";

type Described = components["schemas"];

/** A described type as it is sent: nullable fields are always present, and empty lists may be omitted. */
type Sent<T> = T extends readonly unknown[]
  ? { [I in keyof T]: Sent<T[I]> }
  : T extends object
    ? { [K in keyof T as null extends T[K] ? never : K]: Sent<T[K]> } & {
        [K in keyof T as null extends T[K] ? K : never]-?: Sent<Exclude<T[K], undefined>>;
      }
    : T;

type Fits<Given extends Expected, Expected> = [Given, Expected];

/** The page's types of responses accept all that the server sends. */
export type Responses = [
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

/** The server accepts the page's types of requests. */
export type Requests = [Fits<ours.Change, Described["Change"]>];
