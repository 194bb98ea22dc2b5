import { type ReactNode, useState } from "react";
import { Button } from "./button";
import { count } from "./format";

const MOST = 60;

interface SomeProps<T> {
  items: readonly T[];
  /** Of a long list, what comes first: the lower the sooner. */
  rank: (item: T) => number;
  label: string;
  children: (item: T) => ReactNode;
}

/** A list; of a very long one the beginning, with what matters most in it. */
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
