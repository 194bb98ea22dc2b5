import { useMemo, useState } from "react";
import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { KpiPoint } from "../api/types";
import { go, useRoute } from "../route";
import { figure, percent } from "../ui/format";
import { Await, Empty } from "../ui/text";
import { useWorkspace } from "../workspace";
import { KpiChart } from "./chart";
import { KpiTable } from "./table";

export function KpisView() {
  const { type, scenario } = useWorkspace();
  const [all, setAll] = useState(true);
  const loaded = useApi<{ kpis: KpiPoint[] }>(paths.kpis(all ? null : scenario, type.id));
  return (
    <main className="page" aria-label="KPIs">
      <header className="page-header">
        <h1>KPIs</h1>
        <label className="inline-field">
          Scenarios
          <select value={all ? "all" : "one"} onChange={(event) => setAll(event.target.value === "all")}>
            <option value="all">all</option>
            <option value="one">{scenario ?? "none"} only</option>
          </select>
        </label>
      </header>
      <Await loaded={loaded}>
        {({ kpis }) =>
          kpis.length === 0 ? (
            <Empty title="No KPI was measured yet.">
              Name a KPI at an output of the scenario type, then press Run: its values over the runs are drawn here.
            </Empty>
          ) : (
            <Kpis points={kpis} />
          )
        }
      </Await>
    </main>
  );
}

function Kpis({ points }: { points: KpiPoint[] }) {
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
            <th scope="col">Better</th>
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

function KpiRow({ points, current, onChoose }: { points: KpiPoint[]; current: boolean; onChoose: () => void }) {
  const latest = points.reduce((a, b) => (b.run > a.run ? b : a));
  const before = points
    .filter((point) => point.scenario === latest.scenario && point.run < latest.run && point.value !== null)
    .reduce<KpiPoint | null>((a, b) => (a === null || b.run > a.run ? b : a), null);
  const best = points.find((point) => point.best);
  const change =
    before?.value != null && before.value !== 0 && latest.value !== null
      ? (latest.value - before.value) / Math.abs(before.value)
      : null;
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
