import type { KpiPoint } from "../api/types";
import { href } from "../route";
import { Icon } from "../ui/icons";
import { figure, moment } from "../ui/format";

export function KpiTable({ points, caption }: { points: KpiPoint[]; caption: string }) {
  return (
    <table className="list-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Scenario</th>
          <th scope="col">When</th>
          <th scope="col" className="number">
            Value
          </th>
          <th scope="col">
            <span className="visually-hidden">Best</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {[...points]
          .sort((a, b) => b.run - a.run)
          .map((point) => (
            <tr key={`${point.scenario} ${point.run}`}>
              <td>
                <a href={href({ view: "runs", run: point.run, element: null, second: null, tab: null })}>{point.run}</a>
              </td>
              <td>{point.scenario}</td>
              <td className="muted">{moment(point.started_us)}</td>
              <td className="number">
                {figure(point.value)} {point.unit}
              </td>
              <td>
                {point.best && (
                  <span className="badge badge-completed">
                    <Icon name="check" size={12} />
                    best
                  </span>
                )}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
