import type { GraphView, InputType, NodeView, PortView, Shape } from "../api/types";
import type { Fitting } from "../graph/fitting";
import { nameOf } from "../graph/picture";

/** Types are canonical: equal texts fit. */
export const fits = (node: NodeView, port: PortView): boolean => node.type === port.type;

export function fittingIn(graph: GraphView): Fitting {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const calls = new Map(graph.calls.map((call) => [call.id, call]));
  return (from, to, argument) => {
    const node = nodes.get(from);
    const call = calls.get(to);
    const port = call?.parameters.find((one) => one.name === argument);
    if (!node || !call || !port) return "Drag from a data node to an argument of a task.";
    if (fits(node, port)) return null;
    return `\`${port.name}\` of \`${call.task}\` takes a \`${port.type}\`, and \`${node.name}\` is a \`${node.type}\``;
  };
}

/** A name that no data node has. */
export function freeName(graph: GraphView, wanted: string): string {
  const taken = new Set(graph.nodes.map((node) => nameOf(node.id)));
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number += 1) if (!taken.has(`${wanted}_${number}`)) return `${wanted}_${number}`;
}

export function shapeOf(types: readonly InputType[], type: string): Shape {
  return types.find((one) => one.type === type)?.shape ?? { kind: "any" };
}
