import { useLayoutEffect } from "react";
import { progressText } from "../run/job-row";
import type { Session } from "../run/session";
import type { CallStatus, Picture } from "./picture";
import type { GraphView } from "../api/types";

/** Reasons to run that mean a change since the last run, unlike that of a task which always runs. */
const CHANGES = new Set(["changed", "other_arm", "never_run", "output_missing", "output_damaged", "record_damaged"]);

/** Updates the values and statuses on the graph without rendering all of it again. */
export function usePictureOf(picture: Picture, graph: GraphView, session: Session): void {
  const { states, drafts, run, outlook } = session;

  useLayoutEffect(() => {
    const values = new Map<string, string>();
    for (const state of states ?? []) if (state.value !== null) values.set(state.node, state.value);
    for (const [node, text] of Object.entries(drafts)) values.set(node, `${text} (not saved)`);
    picture.values.set(values);
  }, [picture, states, drafts]);

  useLayoutEffect(() => {
    const statuses = new Map<string, CallStatus>();
    const state = new Map((states ?? []).map((one) => [one.node, one]));
    for (const call of graph.calls) {
      const last = state.get(call.outputs[0]?.node ?? "");
      if (last?.status != null)
        statuses.set(call.name, { status: last.status, progress: null, title: last.reason ?? "" });
    }
    for (const job of run?.jobs ?? []) {
      const title = job.error?.message ?? job.reason?.text ?? "";
      statuses.set(job.name, { status: job.status, progress: progressText(job), title });
    }
    if (run?.status !== "running" && !outlook.stale) {
      const jobs = outlook.plan?.jobs ?? [];
      const hasChanges = Object.keys(drafts).length > 0 || jobs.some((job) => CHANGES.has(job.reason.kind));
      for (const job of jobs) {
        const last = statuses.get(job.name)?.status;
        if (job.decision === "skip" || last === "failed" || (last !== undefined && !hasChanges)) continue;
        statuses.set(job.name, { status: job.decision, progress: null, title: job.reason.text });
      }
    }
    picture.statuses.set(statuses);
  }, [picture, graph, states, drafts, run, outlook]);
}
