import type { Decision, JobStatus, RunStatus } from "../api/types";
import { Icon, type IconName } from "./icons";

export type Status = JobStatus | RunStatus;

const ICONS: Record<Status, IconName> = {
  submitted: "clock",
  blocked: "clock",
  pending: "clock",
  running: "spinner",
  completed: "check",
  skipped: "skip",
  failed: "cross",
  canceled: "ban",
  abandoned: "ban",
};

export function StatusBadge({ status, title }: { status: Status; title?: string | undefined }) {
  return (
    <span className={`badge badge-${status}`} title={title}>
      <Icon name={ICONS[status]} size={12} />
      {status}
    </span>
  );
}

const DECISIONS: Record<Decision, { icon: IconName; text: string }> = {
  run: { icon: "play", text: "will run" },
  skip: { icon: "skip", text: "will be skipped" },
  undecided: { icon: "question", text: "undecided" },
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

export const isOver = (status: Status): boolean => !["submitted", "blocked", "pending", "running"].includes(status);
