import type { Decision, JobStatus, RunStatus } from "../api/types";
import { Icon, type IconName } from "./icons";

export type Status = JobStatus | RunStatus;

interface Look {
  icon: IconName;
  text: string;
}

export const STATUSES: Record<Status, Look> = {
  submitted: { icon: "clock", text: "queued" },
  blocked: { icon: "clock", text: "waiting" },
  pending: { icon: "clock", text: "pending" },
  running: { icon: "spinner", text: "running" },
  completed: { icon: "check", text: "completed" },
  skipped: { icon: "skip", text: "skipped" },
  failed: { icon: "cross", text: "failed" },
  canceled: { icon: "ban", text: "canceled" },
  abandoned: { icon: "ban", text: "abandoned" },
};

export function StatusBadge({ status, title }: { status: Status; title?: string | undefined }) {
  const { icon, text } = STATUSES[status];
  return (
    <span className={`badge badge-${status}`} title={title}>
      <Icon name={icon} size={12} />
      {text}
    </span>
  );
}

export const DECISIONS: Record<Decision, Look> = {
  run: { icon: "play", text: "will run" },
  skip: { icon: "skip", text: "will be skipped" },
  undecided: { icon: "question", text: "may run" },
  fail: { icon: "cross", text: "will fail" },
};

export function DecisionBadge({ decision }: { decision: Decision }) {
  const { icon, text } = DECISIONS[decision];
  return (
    <span className={`badge badge-plan badge-${decision}`}>
      <Icon name={icon} size={12} />
      {text}
    </span>
  );
}

export const isFinished = (status: Status): boolean => !["submitted", "blocked", "pending", "running"].includes(status);
