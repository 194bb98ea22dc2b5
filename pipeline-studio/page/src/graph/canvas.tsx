import {
  applyNodeChanges,
  type Connection,
  type Edge,
  getViewportForBounds,
  MiniMap,
  type NodeChange,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type Viewport,
} from "@xyflow/react";
import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { GraphView } from "../api/types";
import { IconButton } from "../ui/button";
import { centre, type Direction, type Elements, elementsOf, endsOf, neighbour } from "./elements";
import { EdgeLayer } from "./edge-layer";
import { type FlowNode, NODE_TYPES } from "./element-nodes";
import { type Fitting, FittingContext } from "./fitting";
import { EDGE_TYPES, type LineEdge } from "./line-edge";
import { litBy, markSelection, type Picture, PictureContext } from "./picture";

/** Callbacks for editing on the canvas. */
export interface Editing {
  fitting: Fitting;
  onConnect: (node: string, call: string, argument: string) => void;
  onRefused: (why: string) => void;
  onMoved: (positions: Record<string, [number, number]>) => void;
  onDropTask: (path: string, at: [number, number]) => void;
  onDelete: (element: string) => void;
  onDisconnect: (call: string, argument: string) => void;
}

interface CanvasProps {
  graph: GraphView;
  picture: Picture;
  selected: string | null;
  second: string | null;
  onSelect: (id: string | null, extend: boolean) => void;
  onOpen: (id: string) => void;
  /** The element to center. A new object centers it again. */
  focus: { id: string } | null;
  editing?: Editing;
  children?: ReactNode;
}

const LEAST_ZOOM = 0.03;
const MOST_ZOOM = 2;
/** Below this zoom names are not readable: a graph that would need a smaller zoom starts at its left edge instead. */
const READABLE = 0.36;
/** A graph of few elements is shown as a whole down to a smaller zoom. */
const FEW = 60;
const READABLE_OF_FEW = 0.25;
const START_ZOOM = 0.5;
/** Above this number of elements, only the visible ones are in the document. */
const MANY = 120;
const PADDING = "40px";
/** A larger padding while editing: dragging a line near the edge of the canvas would move the view. */
const EDIT_PADDING = "72px";
const EDGE = 24;
/** The level of detail below each zoom, from far to near. */
const DETAILS: [number, string][] = [
  [0.24, "blocks"],
  [0.44, "huge-names"],
  [0.58, "large-names"],
  [0.78, "names"],
];

export const TASK_DRAG = "application/x-studio-task";

export function GraphCanvas(props: CanvasProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<[number, number] | null>(null);
  useLayoutEffect(() => {
    const box = frame.current?.getBoundingClientRect();
    if (box) setSize([box.width, box.height]);
  }, []);
  return (
    <div className="canvas" ref={frame}>
      {size && (
        <PictureContext value={props.picture}>
          <FittingContext value={props.editing?.fitting ?? (() => null)}>
            <ReactFlowProvider>
              <Drawing {...props} size={size} />
            </ReactFlowProvider>
          </FittingContext>
        </PictureContext>
      )}
    </div>
  );
}

function firstViewport(
  { byId, bounds }: Elements,
  [width, height]: [number, number],
  selected: string | null,
  padding: `${number}px`,
): Viewport {
  const fit = getViewportForBounds(bounds, width, height, LEAST_ZOOM, 1, padding);
  if (fit.zoom >= (byId.size <= FEW ? READABLE_OF_FEW : READABLE)) return fit;
  const zoom = START_ZOOM;
  const start = selected === null ? undefined : byId.get(selected);
  if (start) {
    const [x, y] = centre(start.rect);
    return { x: width / 2 - x * zoom, y: height / 2 - y * zoom, zoom };
  }
  // Start at the left edge, at the median height of the elements there.
  const left = [...byId.values()].map(({ rect }) => rect).filter((rect) => rect.x < bounds.x + width / zoom);
  const heights = left.map((rect) => centre(rect)[1]).sort((a, b) => a - b);
  const middle = heights[Math.floor(heights.length / 2)] ?? 0;
  return { x: EDGE - bounds.x * zoom, y: height / 2 - middle * zoom, zoom };
}

function flowNodes(elements: Elements, editing: boolean): FlowNode[] {
  return [...elements.byId.values()].map((element) => {
    const { id, rect } = element;
    const common = {
      id,
      position: { x: rect.x, y: rect.y },
      width: rect.width,
      height: rect.height,
      style: { width: rect.width, height: rect.height },
      // Without draggable lines there are no handles to measure, which would render all nodes once more.
      ...(editing ? {} : { handles: [] }),
      // The focusable and labeled element is inside, see `Frame`.
      domAttributes: { "aria-roledescription": undefined },
    };
    if (element.kind === "node") return { ...common, type: "data", data: { view: element.view, editing } };
    if (element.kind === "call") return { ...common, type: "task", data: { view: element.view, editing } };
    return { ...common, type: "group", data: { view: element.view } };
  });
}

function flowEdges(graph: GraphView, elements: Elements, lit: Set<string> | null): LineEdge[] {
  return graph.edges.flatMap((edge) => {
    const ends = endsOf(elements, edge);
    if (!ends) return [];
    return {
      id: edge.id,
      type: "line" as const,
      data: { ends, points: edge.points },
      source: edge.from,
      target: edge.to,
      sourceHandle: edge.output === null ? "out" : `out:${edge.output}`,
      targetHandle: edge.port ?? "in",
      className: lit?.has(edge.from) && lit.has(edge.to) ? "lit" : "",
      deletable: edge.port !== null,
      focusable: false,
      domAttributes: { role: "presentation", "aria-label": undefined, "aria-roledescription": undefined },
    };
  });
}

const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

const Drawing = memo(function Drawing(props: CanvasProps & { size: [number, number] }) {
  const { graph, picture, selected, second, onSelect, onOpen, focus, editing, size } = props;
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const elements = useMemo(() => elementsOf(graph), [graph]);
  const lit = useMemo(() => litBy(elements, selected, second), [elements, selected, second]);
  useLayoutEffect(
    () => markSelection(picture, elements, lit, [selected, second], editing === undefined),
    [picture, elements, lit, selected, second, editing === undefined],
  );
  const laidOut = useMemo(() => flowNodes(elements, editing !== undefined), [elements, editing !== undefined]);
  const [nodes, setNodes] = useState(laidOut);
  const [drawn, setDrawn] = useState(laidOut);
  if (drawn !== laidOut) {
    setDrawn(laidOut);
    setNodes(laidOut);
  }
  const edges = useMemo(() => (editing ? flowEdges(graph, elements, lit) : []), [editing, graph, elements, lit]);
  const padding = editing ? EDIT_PADDING : PADDING;
  const [start] = useState(() => firstViewport(elements, size, selected, padding));
  const [mapShown, setMapShown] = useState(false);
  useEffect(() => {
    // The map is rendered after the first picture.
    const timer = window.setTimeout(() => setMapShown(true), 400);
    return () => window.clearTimeout(timer);
  }, []);

  /** Moves the view to an element, with `ifHidden` only if the element is not in sight. */
  const bringIntoView = (id: string, ifHidden: boolean) => {
    const element = elements.byId.get(id);
    const box = frame.current?.getBoundingClientRect();
    if (!element || !box) return;
    const { x, y, zoom } = flow.getViewport();
    const { rect } = element;
    const left = rect.x * zoom + x;
    const top = rect.y * zoom + y;
    const inSight =
      left >= 8 && top >= 8 && left + rect.width * zoom <= box.width - 8 && top + rect.height * zoom <= box.height - 8;
    if (ifHidden && inSight) return;
    const [centreX, centreY] = centre(rect);
    void flow.setCenter(centreX, centreY, { zoom: Math.max(zoom, START_ZOOM) });
  };

  /** Focuses an element, which may have to be rendered first. */
  const focusElement = (id: string, tries = 6) => {
    const found = frame.current?.querySelector<HTMLElement>(`[data-element="${CSS.escape(id)}"]`);
    if (found) found.focus({ preventScroll: true });
    else if (tries > 0) requestAnimationFrame(() => focusElement(id, tries - 1));
  };

  useEffect(() => {
    if (!focus) return;
    bringIntoView(focus.id, false);
    focusElement(focus.id);
    // Only a new request centers the element again, not a new layout.
  }, [focus]);

  const onKeyDown = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>("[data-element]")?.dataset.element;
    const direction = ARROWS[event.key];
    if (event.key === "+" || event.key === "=") void flow.zoomIn();
    else if (event.key === "-") void flow.zoomOut();
    else if (event.key === "0") fit();
    else if (id !== undefined && direction) {
      const next = neighbour(elements, id, direction);
      if (next !== null) {
        bringIntoView(next, true);
        picture.tabStop.set(new Map([[next, true]]));
        focusElement(next);
      }
    } else if (id !== undefined && (event.key === "Enter" || event.key === " ")) {
      if (elements.byId.get(id)?.kind === "group" || (event.key === "Enter" && selected === id)) onOpen(id);
      else onSelect(id, event.shiftKey);
    } else if (editing && (event.key === "Delete" || event.key === "Backspace")) {
      const target = id ?? selected;
      if (target !== null) editing.onDelete(target);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const fit = () => {
    const box = frame.current?.getBoundingClientRect();
    if (!box) return;
    void flow.setViewport(getViewportForBounds(elements.bounds, box.width, box.height, LEAST_ZOOM, 1, padding));
  };

  const onMove = (_: unknown, viewport: Viewport) => setDetail(frame.current, viewport.zoom);
  useLayoutEffect(() => setDetail(frame.current, start.zoom), [start]);

  const connectionOf = (connection: Connection | Edge): [string, string, string] => [
    connection.source,
    connection.target,
    connection.targetHandle ?? "",
  ];

  return (
    <div
      className="canvas-keys"
      ref={frame}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (editing && event.dataTransfer.types.includes(TASK_DRAG)) event.preventDefault();
      }}
      onDrop={(event) => {
        const task = event.dataTransfer.getData(TASK_DRAG);
        if (!editing || task === "") return;
        event.preventDefault();
        const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        editing.onDropTask(task, [Math.round(x), Math.round(y)]);
      }}
    >
      <ReactFlow<FlowNode, LineEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        defaultViewport={start}
        minZoom={LEAST_ZOOM}
        maxZoom={MOST_ZOOM}
        onlyRenderVisibleElements={nodes.length > MANY}
        nodesDraggable={editing !== undefined}
        nodesConnectable={editing !== undefined}
        elementsSelectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        panActivationKeyCode={null}
        zoomActivationKeyCode={null}
        zoomOnDoubleClick={false}
        nodeDragThreshold={3}
        autoPanSpeed={6}
        connectionRadius={28}
        onNodesChange={
          editing
            ? (changes: NodeChange<FlowNode>[]) => setNodes((before) => applyNodeChanges(changes, before))
            : undefined
        }
        onNodeClick={(event, node) => onSelect(node.id, event.shiftKey)}
        onNodeDoubleClick={(_, node) => onOpen(node.id)}
        onPaneClick={() => onSelect(null, false)}
        onMove={onMove}
        onNodeDragStop={(_, __, moved) =>
          editing?.onMoved(
            Object.fromEntries(
              moved.map((node) => [node.id, [Math.round(node.position.x), Math.round(node.position.y)]]),
            ),
          )
        }
        isValidConnection={(connection) => editing?.fitting(...connectionOf(connection)) === null}
        onConnect={(connection) => editing?.onConnect(...connectionOf(connection))}
        onConnectEnd={(_, state) => {
          if (!editing || state.isValid !== false || !state.fromHandle || !state.toHandle) return;
          const [source, target] =
            state.fromHandle.type === "source"
              ? [state.fromHandle, state.toHandle]
              : [state.toHandle, state.fromHandle];
          const why = editing.fitting(source.nodeId, target.nodeId, target.id ?? "");
          if (why !== null) editing.onRefused(why);
        }}
        onEdgeDoubleClick={(_, edge) => {
          if (edge.deletable) editing?.onDisconnect(edge.target, edge.targetHandle ?? "");
        }}
        aria-label={`Graph of ${graph.name}`}
      >
        {!editing && <EdgeLayer graph={graph} elements={elements} lit={lit} />}
        {mapShown && (
          <MiniMap<FlowNode>
            pannable
            zoomable
            ariaLabel="Overview of the graph"
            nodeClassName={(node) => `map-${node.type}`}
            nodeBorderRadius={8}
          />
        )}
      </ReactFlow>
      <div className="canvas-controls" role="group" aria-label="Zoom">
        <IconButton icon="plus" label="Zoom in" keys="+" onClick={() => void flow.zoomIn()} />
        <IconButton icon="minus" label="Zoom out" keys="-" onClick={() => void flow.zoomOut()} />
        <IconButton icon="fit" label="Fit to view" keys="0" onClick={fit} />
      </div>
      {props.children}
    </div>
  );
});

/** Sets the level of detail: when zoomed out, unreadable parts are hidden and names are larger. */
function setDetail(frame: HTMLElement | null, zoom: number): void {
  if (!frame) return;
  const detail = DETAILS.find(([below]) => zoom < below)?.[1] ?? "all";
  if (frame.dataset.detail !== detail) frame.dataset.detail = detail;
}
