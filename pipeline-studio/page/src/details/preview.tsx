import { useEffect, useRef, useState } from "react";
import { type Loaded, useApi, useLast } from "../api/cache";
import type { ApiError } from "../api/client";
import { type Filters, paths } from "../api/paths";
import type { Cell, ColumnView, Preview } from "../api/types";
import { IconButton } from "../ui/button";
import { count } from "../ui/format";
import { Await, Empty, ErrorText } from "../ui/text";

const PAGE = 50;

/** Rows are requested after a pause in typing of this many milliseconds. */
const PAUSE = 300;

interface PreviewProps {
  scenario: string;
  type: string;
  node: string;
}

type Table = Extract<Preview, { kind: "table" }>;

/** The value of a node. A table is shown page by page and can be filtered. */
export function PreviewTab({ scenario, type, node }: PreviewProps) {
  const [{ offset, filters }, setShown] = useState<{ offset: number; filters: Filters }>({ offset: 0, filters: {} });
  const path = paths.preview(scenario, type, node, { offset, limit: PAGE, filters });
  const preview = useLast(useApi<Preview>(path), `${scenario} ${type} ${node}`);
  const table = useRef<Table | null>(null);
  if (preview.data?.kind === "table") table.current = preview.data;
  const onPage = (offset: number) => setShown({ offset, filters });
  const onFilter = (filters: Filters) => setShown({ offset: 0, filters });
  // With an invalid filter, the columns of the last table stay visible for correcting it.
  const lastTable = preview.error !== null && Object.keys(filters).length > 0 ? table.current : null;
  const error = lastTable === null ? null : preview.error;
  const loaded: Loaded<Preview> =
    lastTable === null
      ? preview
      : {
          data: { ...lastTable, rows: [], offset: 0, more: false, total: null },
          error: null,
          loading: preview.loading,
        };
  return (
    <Await loaded={loaded}>
      {(data) => {
        if (data.kind === "none") return <Empty title="No value yet">{data.why}</Empty>;
        if (data.kind === "value")
          return (
            <>
              <pre className="value-text">{data.text}</pre>
              {data.truncated && <p className="muted">Truncated</p>}
            </>
          );
        return (
          <TablePage
            key={`${scenario} ${type} ${node}`}
            table={data}
            loading={loaded.loading}
            error={error}
            filtered={Object.keys(filters).length > 0}
            onPage={onPage}
            onFilter={onFilter}
          />
        );
      }}
    </Await>
  );
}

interface TablePageProps {
  table: Table;
  loading: boolean;
  error: ApiError | null;
  filtered: boolean;
  onPage: (offset: number) => void;
  onFilter: (filters: Filters) => void;
}

function TablePage({ table, loading, error, filtered, onPage, onFilter }: TablePageProps) {
  const { columns, rows, offset, more, total } = table;
  const numeric = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const last = offset + rows.length;
  const range = rows.length === 0 ? "No rows" : `Rows ${count(offset + 1)} to ${count(last)}`;
  return (
    <div className="table-page" aria-busy={loading}>
      <div className="pager">
        <span role="status">
          {range}
          {total === null ? "" : ` of ${count(total)}`}
          {filtered && rows.length > 0 ? ", filtered" : ""}
        </span>
        <IconButton
          icon="left"
          label="Previous page"
          disabled={offset === 0}
          onClick={() => onPage(Math.max(0, offset - PAGE))}
        />
        <IconButton icon="right" label="Next page" disabled={!more} onClick={() => onPage(offset + PAGE)} />
      </div>
      {error && <ErrorText error={error} />}
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
            <FilterRow columns={columns} onFilter={onFilter} />
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

interface FilterRowProps {
  columns: ColumnView[];
  onFilter: (filters: Filters) => void;
}

/** A filter field below each column name. */
function FilterRow({ columns, onFilter }: FilterRowProps) {
  const [typed, setTyped] = useState<Filters>({});
  const applied = useRef("{}");
  const filters = Object.fromEntries(Object.entries(typed).filter(([, text]) => text.trim() !== ""));
  const key = JSON.stringify(filters);
  useEffect(() => {
    if (key === applied.current) return;
    const pause = setTimeout(() => {
      applied.current = key;
      onFilter(JSON.parse(key) as Filters);
    }, PAUSE);
    return () => clearTimeout(pause);
  }, [key, onFilter]);
  return (
    <tr className="filters">
      {columns.map((column) => (
        <td key={column.name}>
          <input
            type="text"
            value={typed[column.name] ?? ""}
            aria-label={`Filter ${column.name}`}
            title="= x, != x, < x, <= x, > x, >= x, null, !null, or just x"
            placeholder={isText(column) ? "contains" : "= < >"}
            spellCheck={false}
            onChange={(event) => setTyped({ ...typed, [column.name]: event.target.value })}
          />
        </td>
      ))}
    </tr>
  );
}

/** Whether a plain filter matches parts of the values, as opposed to whole values. */
function isText({ type }: ColumnView): boolean {
  return type === "String" || type.startsWith("Category") || type.startsWith("Vec") || type === "";
}

function cellText(cell: Cell) {
  if (cell === null) return <span className="null">null</span>;
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

export function columnType(column: ColumnView): string {
  return `${column.type}${column.nullable ? "?" : ""}`;
}
