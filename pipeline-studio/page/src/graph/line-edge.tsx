import { BaseEdge, type Edge, type EdgeProps, type EdgeTypes } from "@xyflow/react";
import { curve } from "./elements";

type Ends = [number, number, number, number];

/** Where the line goes as it was laid out. */
export type LineEdge = Edge<{ ends: Ends; points: readonly [number, number][] }, "line">;

/** How far an end may be from where it was laid out: half a port. */
const NEAR = 12;

function Line({ id, sourceX, sourceY, targetX, targetY, data }: EdgeProps<LineEdge>) {
  const ends: Ends = [sourceX, sourceY, targetX, targetY];
  // Once an element is moved, the way that was found between the others leads nowhere.
  const isStill = data?.ends.every((place, index) => Math.abs(place - (ends[index] ?? 0)) < NEAR) ?? false;
  return <BaseEdge id={id} path={curve(ends, isStill ? (data?.points ?? []) : [])} interactionWidth={14} />;
}

export const EDGE_TYPES: EdgeTypes = { line: Line };
