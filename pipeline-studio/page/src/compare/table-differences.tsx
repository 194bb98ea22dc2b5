import type { TableDifference } from "../api/types";
import { count, plural } from "../ui/format";

interface TableDifferencesProps {
  table: TableDifference;
  first: string;
  second: string;
}

/** The differences between two tables, with examples of rows. */
export function TableDifferences({ table, first, second }: TableDifferencesProps) {
  const { rows, changed, only_first, only_second, columns, examples, keys } = table;
  return (
    <details className="table-difference">
      <summary>
        {second}: {plural(changed, "row")} changed, {count(only_first)} only in {first}, {count(only_second)} only in{" "}
        {second} ({count(rows[0])} and {count(rows[1])} rows{keys.length > 0 ? `, by ${keys.join(", ")}` : ""})
      </summary>
      {columns.length > 0 && (
        <p className="muted">
          Changed cells: {columns.map((column) => `${column.column} ${count(column.cells)}`).join(", ")}
        </p>
      )}
      {examples.length > 0 && (
        <table className="list-table">
          <caption className="visually-hidden">Examples of rows that differ</caption>
          <thead>
            <tr>
              <th scope="col">{keys.length > 0 ? keys.join(", ") : "row"}</th>
              <th scope="col">Column</th>
              <th scope="col">{first}</th>
              <th scope="col">{second}</th>
            </tr>
          </thead>
          <tbody>
            {examples.flatMap((example, number) => {
              const key = example.key.length > 0 ? example.key.join(", ") : String(number + 1);
              if (example.only_in !== null)
                return [
                  <tr key={key}>
                    <th scope="row">{key}</th>
                    <td colSpan={3} className="muted">
                      only in {example.only_in === "first" ? first : second}
                    </td>
                  </tr>,
                ];
              return example.cells.map(([column, before, after], index) => (
                <tr key={`${key} ${column}`}>
                  {index === 0 && (
                    <th scope="rowgroup" rowSpan={example.cells.length}>
                      {key}
                    </th>
                  )}
                  <td>{column}</td>
                  <td>
                    <code>{before}</code>
                  </td>
                  <td className="differs">
                    <code>{after}</code>
                  </td>
                </tr>
              ));
            })}
          </tbody>
        </table>
      )}
    </details>
  );
}
