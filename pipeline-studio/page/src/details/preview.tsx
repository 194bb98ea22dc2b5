import { useState } from "react";
import { useApi, useLast } from "../api/cache";
import { paths } from "../api/paths";
import type { Cell, ColumnView, Preview } from "../api/types";
import { IconButton } from "../ui/button";
import { count } from "../ui/format";
import { Await, Empty } from "../ui/text";

const PAGE = 50;

interface PreviewProps {
  scenario: string;
  type: string;
  node: string;
}

/** A value as it is; of a table one page at a time. */
export function PreviewTab({ scenario, type, node }: PreviewProps) {
  const [offset, setOffset] = useState(0);
  const path = paths.preview(scenario, type, node, offset, PAGE);
  const preview = useLast(useApi<Preview>(path), `${scenario} ${type} ${node}`);
  return (
    <Await loaded={preview}>
      {(shown) => {
        if (shown.kind === "none") return <Empty title="There is no value yet.">{shown.why}</Empty>;
        if (shown.kind === "value")
          return (
            <>
              <pre className="value-text">{shown.text}</pre>
              {shown.truncated && <p className="muted">This is the beginning of it.</p>}
            </>
          );
        return <TablePage table={shown} loading={preview.loading} onPage={setOffset} />;
      }}
    </Await>
  );
}

interface TablePageProps {
  table: Extract<Preview, { kind: "table" }>;
  loading: boolean;
  onPage: (offset: number) => void;
}

function TablePage({ table, loading, onPage }: TablePageProps) {
  const { columns, rows, offset, more, total } = table;
  const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const last = offset + rows.length;
  return (
    <div className="table-page" aria-busy={loading}>
      <div className="pager">
        <span>
          {rows.length === 0 ? "No rows" : `Rows ${count(offset + 1)} to ${count(last)}`}
          {total === null ? "" : ` of ${count(total)}`}
        </span>
        <IconButton
          icon="left"
          label="Previous page"
          disabled={offset === 0}
          onClick={() => onPage(Math.max(0, offset - PAGE))}
        />
        <IconButton icon="right" label="Next page" disabled={!more} onClick={() => onPage(offset + PAGE)} />
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Rows of the table">
        <table className="data-table">
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={column.name} scope="col" className={numeric[at] ? "number" : ""} title={column.docs}>
                  {column.name}
                  <span>{columnType(column)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={offset + index}>
                {row.map((cell, at) => (
                  <td key={at} className={numeric[at] ? "number" : ""}>
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function cellText(cell: Cell) {
  if (cell === null) return <span className="null">null</span>;
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

export function columnType(column: ColumnView): string {
  return `${column.type}${column.nullable ? "?" : ""}`;
}
