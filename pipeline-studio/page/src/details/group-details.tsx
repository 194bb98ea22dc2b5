import type { GroupView } from "../api/types";
import { Button } from "../ui/button";
import { plural } from "../ui/format";
import { Facts, Prose } from "../ui/text";
import { DetailsHead } from "./details-head";

export function GroupDetails({ group, onToggle }: { group: GroupView; onToggle: (name: string) => void }) {
  return (
    <>
      <DetailsHead
        kind={group.scenario === null ? "Group" : "Subscenario"}
        look="group"
        name={group.label}
        type={group.name}
      >
        <div className="slices">
          <Button icon={group.collapsed ? "plus" : "minus"} onClick={() => onToggle(group.name)}>
            {group.collapsed ? "Expand" : "Collapse"}
          </Button>
        </div>
      </DetailsHead>
      <section className="panel-section">
        <Prose text={group.docs} />
        <Facts
          facts={[
            ["Tasks", plural(group.calls, "task")],
            ["Data nodes", plural(group.nodes, "data node")],
          ]}
        />
      </section>
    </>
  );
}
