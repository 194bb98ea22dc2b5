import { createContext, useContext } from "react";
import type { Decision, JobStatus } from "../api/types";
import { KeyedStore } from "../ui/keyed-store";
import { splitId } from "../route";
import { type Elements, lit } from "./elements";

export type Mark = "selected" | "lit" | "dim";

export interface CallStatus {
  /** What to tell of the job: how it goes or went, or what the plan says. */
  status: JobStatus | Decision;
  /** Of a running job. */
  progress: string | null;
  title: string;
}

/** What changes on the drawing without being drawn anew: each element looks at its own key. */
export interface Picture {
  marks: KeyedStore<Mark>;
  /** Values of data nodes in words, by name. */
  values: KeyedStore<string>;
  /** By the job's name. */
  statuses: KeyedStore<CallStatus>;
  /** The one element that Tab reaches. */
  tabStop: KeyedStore<boolean>;
}

export function newPicture(): Picture {
  return {
    marks: new KeyedStore(),
    values: new KeyedStore(),
    statuses: new KeyedStore((a, b) => a?.status === b?.status && a?.progress === b?.progress && a?.title === b?.title),
    tabStop: new KeyedStore(),
  };
}

export const PictureContext = createContext<Picture>(newPicture());
export const usePicture = (): Picture => useContext(PictureContext);

/** What lights up with a selection; null when nothing that is drawn is selected. */
export function litBy(elements: Elements, first: string | null, second: string | null): Set<string> | null {
  if (first === null || !elements.byId.has(first)) return null;
  return lit(elements, first, second !== null && elements.byId.has(second) ? second : null);
}

export function markSelection(
  picture: Picture,
  elements: Elements,
  shown: Set<string> | null,
  selected: (string | null)[],
  dims: boolean,
): void {
  const marks = new Map<string, Mark>();
  if (shown) {
    for (const id of elements.byId.keys()) {
      if (selected.includes(id)) marks.set(id, "selected");
      else if (dims) marks.set(id, shown.has(id) ? "lit" : "dim");
    }
  }
  picture.marks.set(marks);
  const stop = shown ? selected[0] : elements.byId.keys().next().value;
  picture.tabStop.set(new Map(stop ? [[stop, true]] : []));
}

export const nameOf = (id: string): string => splitId(id)[1];
