import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { count } from "./format";

const MOST = 60;

interface SomeProps<T> {
  items: readonly T[];
  /** The order of a long list: items with lower ranks come first. */
  rank: (item: T) => number;
  label: string;
  children: (item: T) => ReactNode;
}

/** A list. Of a very long list, only the items with the lowest ranks are shown at first. */
export function Some<T>({ items, rank, label, children }: SomeProps<T>) {
  const [all, setAll] = useState(false);
  const isLong = items.length > MOST && !all;
  const shown = isLong ? [...items].sort((a, b) => rank(a) - rank(b)).slice(0, MOST) : items;
  return (
    <>
      <ul className="job-list" aria-label={label}>
        {shown.map(children)}
      </ul>
      {isLong && (
        <Button look="quiet" onClick={() => setAll(true)}>
          Show all {count(items.length)}
        </Button>
      )}
    </>
  );
}
