import { createContext, useContext } from "react";
import type { Decision, JobStatus } from "../api/types";
import { KeyedStore } from "../ui/keyed-store";
import { splitId } from "../route";
import { type Elements, lit } from "./elements";

export type Mark = "selected" | "lit" | "dim";

export interface CallStatus {
  /** The status of the job, or the plan's decision about it. */
  status: JobStatus | Decision;
  /** The progress of a running job. */
  progress: string | null;
  title: string;
}

/** State that changes without rendering the whole graph again: each element subscribes to its own key. */
export interface Picture {
  marks: KeyedStore<Mark>;
  /** Values of data nodes as text, by the node's name. */
  values: KeyedStore<string>;
  /** Statuses by the job's name. */
  statuses: KeyedStore<CallStatus>;
  /** The element that is reachable with Tab. */
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

/** The elements that a selection highlights; null if no drawn element is selected. */
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
