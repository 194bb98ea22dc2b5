import type { Plan, PlannedJob } from "../api/types";
import { go } from "../route";
import { duration } from "../ui/format";
import { Some } from "../ui/some";
import { DecisionBadge } from "../ui/status";
import { Prose } from "../ui/text";
import { useWorkspace } from "../workspace";
import { useSession } from "./session";

const urgency = (job: PlannedJob): number => ["fail", "run", "undecided", "skip"].indexOf(job.decision);

/** The plan for a run with the typed values. */
export function PlanSection() {
  const { outlook, missing } = useSession();
  const { scenario } = useWorkspace();
  const { plan, problem, pending } = outlook;
  return (
    <section className="panel-section" aria-labelledby="plan-heading" aria-busy={pending}>
      <header className="section-header">
        <h2 id="plan-heading">Plan</h2>
        {plan && <span className="muted grow">{planSummary(plan)}</span>}
      </header>
      {problem !== null && (
        <p className="field-error">
          <Prose text={problem} />
        </p>
      )}
      {missing && (
        <p className="muted">
          The scenario <code>{scenario}</code> is new. The first run creates it, and skips tasks whose results are
          already known from other scenarios.
        </p>
      )}
      {!plan && !missing && problem === null && <p className="loading">Loading</p>}
      {plan && plan.cut_offs.length > 0 && (
        <p className="muted">
          Early cut-off is possible at <Prose text={plan.cut_offs.map((name) => `\`${name}\``).join(", ")} />: if the
          result is the same as before, the tasks that depend on it are skipped.
        </p>
      )}
      {plan && (
        <Some items={plan.jobs} rank={urgency} label="Planned jobs">
          {(job) => (
            <li key={job.name} className="job-row">
              <div className="job-line">
                <DecisionBadge decision={job.decision} />
                <button
                  type="button"
                  className="link-button job-name"
                  onClick={() => go({ element: `call:${job.name}`, second: null })}
                >
                  {job.name}
                </button>
                <span className="job-time">
                  {job.decision !== "skip" && job.expected_us !== null ? `≈ ${duration(job.expected_us)}` : ""}
                </span>
              </div>
              <p className="job-note">
                <Prose text={job.reason.text} />
              </p>
            </li>
          )}
        </Some>
      )}
    </section>
  );
}

/** A summary such as "3 to run, 1 skipped, ≈ 105 ms". */
export function planSummary(plan: Plan): string {
  const of = (decision: string): number => plan.jobs.filter((job) => job.decision === decision).length;
  const parts: string[] = [];
  if (of("run") + of("undecided") + of("fail") === 0) return "Everything is up to date";
  if (of("run") > 0) parts.push(`${of("run")} to run`);
  if (of("undecided") > 0) parts.push(`${of("undecided")} may run`);
  if (of("fail") > 0) parts.push(`${of("fail")} will fail`);
  if (of("skip") > 0) parts.push(`${of("skip")} skipped`);
  const { least, most } = plan.expected_us;
  if (most > 0) parts.push(least === most ? `≈ ${duration(most)}` : `${duration(least)} to ${duration(most)}`);
  return parts.join(", ");
}
