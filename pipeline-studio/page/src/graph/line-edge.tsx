import { BaseEdge, type Edge, type EdgeProps, type EdgeTypes } from "@xyflow/react";
import { curve } from "./elements";

type Ends = [number, number, number, number];

/** An edge with its laid out end points and intermediate points. */
export type LineEdge = Edge<{ ends: Ends; points: readonly [number, number][] }, "line">;

/** Maximum distance of an end from its laid out point: half a port. */
const NEAR = 12;

function Line({ id, sourceX, sourceY, targetX, targetY, data }: EdgeProps<LineEdge>) {
  const ends: Ends = [sourceX, sourceY, targetX, targetY];
  // The intermediate points are only valid if neither end has moved.
  const isUnmoved = data?.ends.every((place, index) => Math.abs(place - (ends[index] ?? 0)) < NEAR) ?? false;
  return <BaseEdge id={id} path={curve(ends, isUnmoved ? (data?.points ?? []) : [])} interactionWidth={14} />;
}

export const EDGE_TYPES: EdgeTypes = { line: Line };
