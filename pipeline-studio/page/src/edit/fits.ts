import type { GraphView, InputType, NodeView, PortView, Shape } from "../api/types";
import type { Fitting } from "../graph/fitting";
import { nameOf } from "../graph/picture";

/** Types are canonical, so they fit if their names are equal. */
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
    return `\`${port.name}\` of \`${call.task}\` takes a \`${port.type}\`, but \`${node.name}\` is a \`${node.type}\``;
  };
}

/** The proposed name, or one derived from it that no data node has. */
export function freeName(graph: GraphView, proposed: string): string {
  const taken = new Set(graph.nodes.map((node) => nameOf(node.id)));
  if (!taken.has(proposed)) return proposed;
  for (let number = 2; ; number += 1) if (!taken.has(`${proposed}_${number}`)) return `${proposed}_${number}`;
}

export function shapeOf(types: readonly InputType[], type: string): Shape {
  return types.find((one) => one.type === type)?.shape ?? { kind: "any" };
}
