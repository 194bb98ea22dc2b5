import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type { Exact, KpiPoint } from "../api/types";
import { double, figure } from "../ui/format";
import { useTheme } from "../ui/theme";

const COLOURS = {
  light: ["#2563eb", "#c2410c", "#15803d", "#7e22ce", "#b91c1c", "#0e7490", "#a16207", "#be185d"],
  dark: ["#60a5fa", "#fb923c", "#4ade80", "#c084fc", "#f87171", "#22d3ee", "#facc15", "#f472b6"],
};
const INK = { light: "#4b5563", dark: "#a3adbd" };
const GRID = { light: "#e5e7eb", dark: "#262c37" };
/** Dash patterns, so that lines differ by more than their colour. */
const DASHES: number[][] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000];

interface KpiChartProps {
  /** The points of one KPI. */
  points: KpiPoint[];
  height: number;
}

/** The value as a finite number; null if it can't be drawn. */
function finite(value: Exact | null): number | null {
  const number = double(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

/** One line per scenario over the runs. The table below shows the same values. */
export function KpiChart({ points, height }: KpiChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = frame.current;
    if (!element || points.length === 0) return;
    const runs = [...new Set(points.map((point) => point.run))].sort((a, b) => a - b);
    const scenarios = [...new Set(points.map((point) => point.scenario))];
    const lines = scenarios.map((scenario) => {
      const byRun = new Map(points.filter((point) => point.scenario === scenario).map((point) => [point.run, point]));
      return runs.map((run) => finite(byRun.get(run)?.value ?? null));
    });
    const axis = { stroke: INK[theme], grid: { stroke: GRID[theme], width: 1 }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height,
        scales: {
          x: { time: false, range: (_, least, most) => (least === most ? [least - 1, most + 1] : [least, most]) },
        },
        legend: { show: scenarios.length > 1 },
        cursor: { points: { size: 8 } },
        axes: [
          {
            ...axis,
            values: (_, splits) => splits.map((run) => (Number.isInteger(run) ? String(run) : "")),
            label: "run",
            incrs: WHOLE_STEPS,
            labelSize: 20,
            size: 32,
          },
          { ...axis, values: (_, splits) => splits.map(figure), size: 72 },
        ],
        series: [
          { label: "run" },
          ...scenarios.map((scenario, index) => ({
            label: scenario,
            stroke: COLOURS[theme][index % COLOURS[theme].length] ?? INK[theme],
            dash: DASHES[Math.floor(index / COLOURS[theme].length) % DASHES.length] ?? [],
            width: 1.75,
            spanGaps: true,
            points: { show: true, size: 6 },
            value: (_: uPlot, value: number | null) => (value == null ? "" : figure(value)),
          })),
        ],
      },
      [runs, ...lines],
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(120, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [points, height, theme]);

  const name = points[0]?.kpi ?? "KPI";
  return <div className="chart" ref={frame} role="img" aria-label={`Chart of ${name} by run`} />;
}
