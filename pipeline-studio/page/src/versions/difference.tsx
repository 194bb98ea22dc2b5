import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { VersionDifference } from "../api/types";
import { Await, Prose } from "../ui/text";

interface DifferenceProps {
  from: number;
  to: number;
  /** The scenario with the later version, when several are compared. */
  of?: string;
}

/** The differences between two versions. */
export function Difference({ from, to, of }: DifferenceProps) {
  const loaded = useApi<VersionDifference>(paths.difference(from, to));
  return (
    <section className="card" aria-label={`From version ${from} to version ${to}`}>
      <h2>
        {of === undefined ? "From" : `Code of ${of}: from`} version {from} to version {to}
      </h2>
      <Await loaded={loaded}>
        {({ changes }) =>
          changes.length === 0 ? (
            <p className="muted">No differences</p>
          ) : (
            <ul className="plain-list" aria-label="Changes">
              {changes.map((change, index) => (
                <li key={index}>
                  <Prose text={change.text} />
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </section>
  );
}
