import { Handle, type Node, type NodeProps, type NodeTypes, Position, useConnection } from "@xyflow/react";
import { type CSSProperties, Fragment, memo, type ReactNode } from "react";
import type { CallView, GroupView, NodeView } from "../api/types";
import { Icon, type IconName } from "../ui/icons";
import { useKeyed } from "../ui/keyed-store";
import { plural } from "../ui/format";
import { DECISIONS, STATUSES } from "../ui/status";
import { Breakable } from "../ui/text";
import { farSize } from "./far-name";
import { useFitting } from "./fitting";
import { type CallStatus, usePicture } from "./picture";

export type DataFlowNode = Node<{ view: NodeView; editing: boolean }, "data">;
export type TaskFlowNode = Node<{ view: CallView; editing: boolean }, "task">;
export type GroupFlowNode = Node<{ view: GroupView }, "group">;
export type FlowNode = DataFlowNode | TaskFlowNode | GroupFlowNode;

interface FrameProps {
  id: string;
  /** The accessible name: the visible text, in the same order. */
  label: string;
  /** The font size of the name when zoomed out. */
  far: number;
  className: string;
  children: ReactNode;
}

/** The focusable part of an element. The canvas handles its keys. */
function Frame({ id, far, label, className, children }: FrameProps) {
  const picture = usePicture();
  const mark = useKeyed(picture.marks, id);
  const tabStop = useKeyed(picture.tabStop, id);
  return (
    <div
      className={`element ${className} ${mark ?? ""}`}
      style={{ "--far": `${far}px` } as CSSProperties}
      role="button"
      tabIndex={tabStop ? 0 : -1}
      data-element={id}
      aria-label={label}
      aria-pressed={mark === "selected"}
    >
      {children}
    </div>
  );
}

const problemText = (problems: string[] | undefined): string =>
  problems && problems.length > 0 ? `, ${plural(problems.length, "problem")}` : "";

function Problems({ problems }: { problems: string[] | undefined }) {
  if (!problems || problems.length === 0) return null;
  return (
    <span className="element-fault" title={problems.join("\n")}>
      <Icon name="warning" size={12} />
      {plural(problems.length, "problem")}
    </span>
  );
}

const DataNode = memo(function DataNode({ id, data: { view, editing } }: NodeProps<DataFlowNode>) {
  const picture = usePicture();
  const value = useKeyed(picture.values, view.name) ?? view.default;
  const placeholder = view.required ? "value required" : view.input ? "no value" : "not computed yet";
  const shown = view.secret ? "•••" : (value ?? placeholder);
  const kind = view.secret ? "Secret input" : view.input ? "Input" : "Data node";
  const label = `${kind} ${view.name}${problemText(view.problems)}: ${view.type}, ${shown}`;
  return (
    <>
      <Frame
        id={id}
        far={farSize(view.name, view.rect, view.input)}
        label={label}
        className={`data-node ${view.input ? "input-node" : ""}`}
      >
        <strong>
          <Breakable name={view.name} />
        </strong>{" "}
        <Problems problems={view.problems} /> <span className="element-type">{view.type}</span>{" "}
        <span className="element-value">{shown}</span>
      </Frame>
      {editing && (
        <>
          {!view.input && <Handle id="in" type="target" position={Position.Left} isConnectable={false} />}
          <Handle id="out" type="source" position={Position.Right} title={`Drag to an argument: ${view.type}`} />
        </>
      )}
    </>
  );
});

const STATUS: Record<CallStatus["status"], { icon: IconName; text: string }> = { ...STATUSES, ...DECISIONS };

const statusText = ({ status, progress }: CallStatus): string =>
  progress === null ? STATUS[status].text : `${STATUS[status].text} ${progress}`;

function CallBadge({ call }: { call: CallStatus }) {
  return (
    <span className={`badge element-badge badge-${call.status}`} title={call.title}>
      <Icon name={STATUS[call.status].icon} size={12} />
      {statusText(call)}
    </span>
  );
}

const TaskNode = memo(function TaskNode({ id, data: { view, editing } }: NodeProps<TaskFlowNode>) {
  const picture = usePicture();
  const call = useKeyed(picture.statuses, view.name);
  const ports = view.parameters.map((port) => `, ${port.name}: ${port.type}`).join("");
  const condition = view.condition ? `, if ${view.condition.text}` : "";
  const label = `Task ${view.name}${call ? `, ${statusText(call)}` : ""}${problemText(view.problems)}${condition}${ports}`;
  return (
    <>
      <Frame
        id={id}
        far={farSize(view.name, view.rect, false)}
        label={label}
        className={`task-node ${call ? `is-${call.status}` : ""}`}
      >
        <strong>
          <Breakable name={view.name} />
        </strong>{" "}
        {call && <CallBadge call={call} />} <Problems problems={view.problems} />
        {view.condition && (
          <span className="port" style={{ top: view.condition.y }}>
            if {view.condition.text}
          </span>
        )}
        {view.parameters.map((port) => (
          <Fragment key={port.name}>
            {" "}
            <span className="port" style={{ top: port.y }}>
              {port.name}: <span>{port.type}</span>
            </span>
          </Fragment>
        ))}
        {!editing &&
          view.outputs.map((port) => <i key={port.node} className="dot dot-right" style={{ top: port.y }} />)}
        {!editing &&
          view.parameters.map((port) => <i key={port.name} className="dot dot-left" style={{ top: port.y }} />)}
      </Frame>
      {editing && <TaskHandles view={view} />}
    </>
  );
});

/** The ports of a task. While a line is dragged, ports that don't fit are marked. */
function TaskHandles({ view }: { view: CallView }) {
  const fitting = useFitting();
  const from = useConnection((connection) => (connection.inProgress ? (connection.fromNode?.id ?? null) : null));
  return (
    <>
      {view.parameters.map((port) => {
        const refused = from !== null && fitting(from, view.id, port.name) !== null;
        return (
          <Handle
            key={port.name}
            id={port.name}
            type="target"
            position={Position.Left}
            style={{ top: port.y }}
            className={`${port.node === null ? "open" : ""} ${from === null ? "" : refused ? "refuses" : "fits"}`}
            title={`${port.name}: ${port.type}`}
          />
        );
      })}
      {view.outputs.map((port) => (
        <Handle
          key={port.node}
          id={`out:${port.node}`}
          type="source"
          position={Position.Right}
          style={{ top: port.y }}
          isConnectable={false}
        />
      ))}
    </>
  );
}

const GroupNode = memo(function GroupNode({ id, data: { view } }: NodeProps<GroupFlowNode>) {
  const size = `${plural(view.calls, "task")}, ${plural(view.nodes, "data node")}`;
  return (
    <Frame id={id} far={20} label={`Group ${view.label}: ${size}`} className="group-node">
      <strong>{view.label}</strong> <span className="element-value">{size}</span>
    </Frame>
  );
});

export const NODE_TYPES: NodeTypes = { data: DataNode, task: TaskNode, group: GroupNode };
