import { useMemo, useState } from "react";
import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { KpiPoint, Kpis } from "../api/types";
import { go, useRoute } from "../route";
import { double, figure, percent } from "../ui/format";
import { Button } from "../ui/button";
import { Await, Empty } from "../ui/text";
import { useWorkspace } from "../workspace";
import { KpiChart } from "./chart";
import { KpiTable } from "./table";

/** Number of runs to load at a time. */
const RUNS = 200;

export function KpisView() {
  const { type, scenario } = useWorkspace();
  const [all, setAll] = useState(true);
  const [limit, setLimit] = useState(RUNS);
  const loaded = useApi<Kpis>(paths.kpis(all ? null : scenario, type.id, limit));
  return (
    <main className="page" aria-label="KPIs">
      <header className="page-header">
        <h1>KPIs</h1>
        <label className="inline-field">
          Scenarios
          <select value={all ? "all" : "one"} onChange={(event) => setAll(event.target.value === "all")}>
            <option value="all">All</option>
            <option value="one">{scenario ?? "none"} only</option>
          </select>
        </label>
      </header>
      <Await loaded={loaded}>
        {({ kpis, best, more }) =>
          kpis.length === 0 ? (
            <Empty title="No KPIs measured yet">
              Declare a KPI on an output of the scenario type, then press Run. Its values are charted here.
            </Empty>
          ) : (
            <>
              <KpisOf points={kpis} bests={best} />
              {more && <Button onClick={() => setLimit(limit + RUNS)}>Show older runs</Button>}
            </>
          )
        }
      </Await>
    </main>
  );
}

function KpisOf({ points, bests }: { points: KpiPoint[]; bests: KpiPoint[] }) {
  const route = useRoute();
  const names = useMemo(() => [...new Set(points.map((point) => point.kpi))], [points]);
  const chosen = route.kpi !== null && names.includes(route.kpi) ? route.kpi : (names[0] ?? "");
  const shown = useMemo(() => points.filter((point) => point.kpi === chosen), [points, chosen]);
  return (
    <>
      <table className="list-table selectable">
        <caption className="visually-hidden">All KPIs</caption>
        <thead>
          <tr>
            <th scope="col">KPI</th>
            <th scope="col">Better if</th>
            <th scope="col" className="number">
              Latest
            </th>
            <th scope="col" className="number">
              Change
            </th>
            <th scope="col" className="number">
              Best
            </th>
            <th scope="col">Best in</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <KpiRow
              key={name}
              points={points.filter((point) => point.kpi === name)}
              best={bests.find((point) => point.kpi === name)}
              current={name === chosen}
              onChoose={() => go({ kpi: name }, "replace")}
            />
          ))}
        </tbody>
      </table>
      <section className="card" aria-labelledby="kpi-heading">
        <h2 id="kpi-heading">
          {chosen} {shown[0]?.unit && <span className="muted">[{shown[0].unit}]</span>}
        </h2>
        <KpiChart points={shown} height={280} />
        <KpiTable points={shown} caption={`${chosen} by run`} />
      </section>
    </>
  );
}

interface KpiRowProps {
  /** The points of one KPI. */
  points: KpiPoint[];
  best: KpiPoint | undefined;
  current: boolean;
  onChoose: () => void;
}

function KpiRow({ points, best, current, onChoose }: KpiRowProps) {
  const latest = points.reduce((a, b) => (b.run > a.run ? b : a));
  const before = points
    .filter((point) => point.scenario === latest.scenario && point.run < latest.run && point.value !== null)
    .reduce<KpiPoint | null>((a, b) => (a === null || b.run > a.run ? b : a), null);
  const [now, then] = [double(latest.value), double(before?.value ?? null)];
  const change =
    now !== null && then !== null && then !== 0 && Number.isFinite(now - then) ? (now - then) / Math.abs(then) : null;
  return (
    <tr className={current ? "current" : ""}>
      <th scope="row">
        <button type="button" className="link-button" aria-pressed={current} onClick={onChoose}>
          {latest.kpi}
        </button>
      </th>
      <td>{latest.better}</td>
      <td className="number">
        {figure(latest.value)} {latest.unit}
      </td>
      <td className="number">{change === null ? "" : percent(change)}</td>
      <td className="number">{best ? `${figure(best.value)} ${best.unit}` : ""}</td>
      <td>{best ? `${best.scenario}, run ${best.run}` : ""}</td>
    </tr>
  );
}
