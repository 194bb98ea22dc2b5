import { ViewportPortal } from "@xyflow/react";
import { memo, useMemo } from "react";
import type { GraphView } from "../api/types";
import { curve, type Elements, endsOf } from "./elements";

interface EdgeLayerProps {
  graph: GraphView;
  elements: Elements;
  lit: Set<string> | null;
}

/** Draws all edges as two paths, so that hundreds of edges cost no more than one. */
export const EdgeLayer = memo(function EdgeLayer({ graph, elements, lit }: EdgeLayerProps) {
  const curves = useMemo(
    () =>
      graph.edges.flatMap((edge) => {
        const ends = endsOf(elements, edge);
        return ends ? [{ edge, path: curve(ends, edge.points) }] : [];
      }),
    [graph, elements],
  );
  const isLit = (edge: { from: string; to: string }): boolean => lit !== null && lit.has(edge.from) && lit.has(edge.to);
  const join = (chosen: boolean): string =>
    curves
      .filter(({ edge }) => isLit(edge) === chosen)
      .map(({ path }) => path)
      .join("");
  return (
    <ViewportPortal>
      <svg className="edge-layer" width={elements.bounds.width} height={elements.bounds.height} aria-hidden="true">
        <path className={lit ? "edge dim" : "edge"} d={join(false)} />
        {lit && <path className="edge lit" d={join(true)} />}
      </svg>
    </ViewportPortal>
  );
});
