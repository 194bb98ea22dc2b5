import { useApi } from "../api/cache";
import { paths } from "../api/paths";
import type { Version } from "../api/types";
import { go, useRoute } from "../route";
import { ago, moment, plural } from "../ui/format";
import { Await, Empty } from "../ui/text";
import { useWorkspace } from "../workspace";
import { Difference } from "./difference";

/** The versions of code and wiring that were run, and the differences between two of them. */
export function VersionsView() {
  const route = useRoute();
  const { type } = useWorkspace();
  const loaded = useApi<{ versions: Version[] }>(paths.versions());
  return (
    <main className="page" aria-label="Versions">
      <header className="page-header">
        <h1>Versions</h1>
      </header>
      <Await loaded={loaded}>
        {({ versions: all }) => {
          const versions = all.filter((version) => version.wiring.type === type.name);
          if (versions.length === 0)
            return (
              <Empty title="No versions yet">
                Each change of code or wiring creates a version when it is first run.
              </Empty>
            );
          const sorted = [...versions].sort((a, b) => b.version - a.version);
          const to = route.to ?? sorted[0]?.version ?? null;
          const from = route.from ?? sorted.find((one) => to !== null && one.version < to)?.version ?? null;
          return (
            <>
              <table className="list-table">
                <caption className="visually-hidden">Versions, the latest first</caption>
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">From</th>
                    <th scope="col">To</th>
                    <th scope="col">Created</th>
                    <th scope="col">Author</th>
                    <th scope="col">Commit</th>
                    <th scope="col">Used by</th>
                  </tr>
                </thead>
                <tbody>
                  {sorted.map((version) => (
                    <tr key={version.version}>
                      <th scope="row" title={version.hash}>
                        {version.version}
                      </th>
                      <td>
                        <input
                          type="radio"
                          name="from"
                          aria-label={`Compare from version ${version.version}`}
                          checked={from === version.version}
                          onChange={() => go({ from: version.version, to }, "replace")}
                        />
                      </td>
                      <td>
                        <input
                          type="radio"
                          name="to"
                          aria-label={`Compare to version ${version.version}`}
                          checked={to === version.version}
                          onChange={() => go({ from, to: version.version }, "replace")}
                        />
                      </td>
                      <td className="muted" title={moment(version.made_us)}>
                        {ago(version.made_us)}
                      </td>
                      <td>{version.author}</td>
                      <td>{version.commit === null ? "" : <code>{version.commit.slice(0, 12)}</code>}</td>
                      <td>
                        {plural(version.runs, "run")} of {plural(version.scenarios, "scenario")}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {from !== null && to !== null && from !== to ? (
                <Difference from={from} to={to} />
              ) : (
                <Empty title="Select two versions to compare" />
              )}
            </>
          );
        }}
      </Await>
    </main>
  );
}
