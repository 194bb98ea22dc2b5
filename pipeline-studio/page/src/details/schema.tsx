import type { ColumnView } from "../api/types";
import { Prose } from "../ui/text";

export function SchemaTab({ columns }: { columns: ColumnView[] }) {
  return (
    <table className="list-table">
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Type</th>
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column.name}>
            <th scope="row">
              <code>{column.name}</code>
            </th>
            <td>
              <code>{column.type}</code>
            </td>
            <td>
              {column.key && <span className="chip">key</span>}
              {column.nullable && <span className="chip">nullable</span>} <Prose text={column.docs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
