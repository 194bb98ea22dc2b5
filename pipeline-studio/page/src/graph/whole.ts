import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { GraphView } from "../api/types";

/** The graph with the elements of all subscenarios: a drawing leaves out those of folded ones. */
export function useWhole(type: string, drawn: GraphView): GraphView;
export function useWhole(type: string, drawn: GraphView | null | undefined): GraphView | null;
export function useWhole(type: string, drawn: GraphView | null | undefined): GraphView | null {
  const folds = drawn?.groups.some((group) => group.scenario !== null) ?? false;
  const whole = useApi<GraphView>(folds ? paths.graph(type, ["*"]) : null).data;
  return whole ?? drawn ?? null;
}
