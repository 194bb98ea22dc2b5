import type { CallView, EdgeView, GraphView, GroupView, NodeView, Rect } from "../api/types";

export type Element =
  | { kind: "node"; id: string; name: string; rect: Rect; view: NodeView }
  | { kind: "call"; id: string; name: string; rect: Rect; view: CallView }
  | { kind: "group"; id: string; name: string; rect: Rect; view: GroupView };

export interface Elements {
  byId: Map<string, Element>;
  /** The direct predecessors and successors of each element. */
  before: Map<string, string[]>;
  after: Map<string, string[]>;
  /** The bounds of all elements. Elements that were moved by hand may be left of or above the origin. */
  bounds: Rect;
}

/** The elements that are drawn, without those that collapsed groups hide. */
export function elementsOf(graph: GraphView): Elements {
  const hidden = new Set(graph.groups.filter((group) => group.collapsed).map((group) => group.name));
  const shown = (group: string | null): boolean => group === null || !hidden.has(group);
  const byId = new Map<string, Element>();
  for (const view of graph.nodes)
    if (shown(view.group)) byId.set(view.id, { kind: "node", id: view.id, name: view.name, rect: view.rect, view });
  for (const view of graph.calls)
    if (shown(view.group)) byId.set(view.id, { kind: "call", id: view.id, name: view.name, rect: view.rect, view });
  for (const view of graph.groups)
    if (view.rect) byId.set(view.id, { kind: "group", id: view.id, name: view.label, rect: view.rect, view });

  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    add(after, from, to);
    add(before, to, from);
  }
  return { byId, before, after, bounds: boundsOf([...byId.values()].map((element) => element.rect)) };
}

/** The toggled groups with which a group, if it is drawn as one box, shows its elements. */
export function expanded(graph: GraphView | null | undefined, toggled: string[], group: string | null): string[] {
  const collapsed = group !== null && graph?.groups.some(({ name, collapsed }) => name === group && collapsed);
  if (!collapsed) return toggled;
  return toggled.includes(group) ? toggled.filter((name) => name !== group) : [...toggled, group];
}

function boundsOf(rects: Rect[]): Rect {
  let [left, top, right, bottom] = [0, 0, 0, 0];
  for (const { x, y, width, height } of rects) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const found = map.get(key);
  if (found) found.push(value);
  else map.set(key, [value]);
}

function reach(next: Map<string, string[]>, start: string): Set<string> {
  const seen = new Set([start]);
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (seen.has(other)) continue;
      seen.add(other);
      open.push(other);
    }
  }
  return seen;
}

/** The highlighted elements: everything up- and downstream of `first`, or the elements on the paths between two. */
export function lit(elements: Elements, first: string, second: string | null): Set<string> {
  if (second === null) return reach(elements.before, first).union(reach(elements.after, first));
  const forth = reach(elements.after, first).intersection(reach(elements.before, second));
  const back = reach(elements.after, second).intersection(reach(elements.before, first));
  return forth.union(back).union(new Set([first, second]));
}

export type Direction = "left" | "right" | "up" | "down";

/** The nearest element in a direction. Connected elements come first; elements off the line count as farther away. */
export function neighbour(elements: Elements, from: string, direction: Direction): string | null {
  const start = elements.byId.get(from);
  if (!start) return null;
  const linked = direction === "right" ? elements.after : direction === "left" ? elements.before : null;
  const [x, y] = centre(start.rect);
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const other of elements.byId.values()) {
    if (other.id === from) continue;
    const [otherX, otherY] = centre(other.rect);
    const across = direction === "left" || direction === "right";
    const along = across ? otherX - x : otherY - y;
    const ahead = direction === "left" || direction === "up" ? -along : along;
    if (ahead <= 1) continue;
    const aside = Math.abs(across ? otherY - y : otherX - x);
    const distance = ahead + 2 * aside - (linked?.get(from)?.includes(other.id) ? 100_000 : 0);
    if (distance < least) {
      least = distance;
      best = other.id;
    }
  }
  return best;
}

export function centre(rect: Rect): [number, number] {
  return [rect.x + rect.width / 2, rect.y + rect.height / 2];
}

/** The start and end point of an edge. */
export function endsOf(elements: Elements, edge: EdgeView): [number, number, number, number] | null {
  const from = elements.byId.get(edge.from);
  const to = elements.byId.get(edge.to);
  if (!from || !to) return null;
  const output = from.kind === "call" ? from.view.outputs.find((port) => port.node === edge.output) : undefined;
  // A line without a port is that of the condition.
  const port = (view: CallView) => view.parameters.find((port) => port.name === edge.port) ?? view.condition;
  const input = to.kind === "call" ? port(to.view) : undefined;
  return [
    from.rect.x + from.rect.width,
    from.rect.y + (output?.y ?? from.rect.height / 2),
    to.rect.x,
    to.rect.y + (input?.y ?? to.rect.height / 2),
  ];
}

/** A curve through the given points that is horizontal at each of them, as in the server's drawing. */
export function curve([x1, y1, x2, y2]: [number, number, number, number], points: readonly [number, number][]): string {
  let path = `M${x1} ${y1}`;
  let [x, y] = [x1, y1];
  const least = points.length === 0 ? 24 : 8;
  for (const [nextX, nextY] of [...points, [x2, y2] as const]) {
    const bend = Math.max(least, Math.abs(nextX - x) / 2);
    path += Math.abs(y - nextY) < 0.5 ? `H${nextX}` : `C${x + bend} ${y} ${nextX - bend} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}
