import { useState } from "react";

/** A number that is kept in this browser's local storage. */
export function useKept(key: string, initial: number): [number, (value: number) => void] {
  const [value, setValue] = useState(() => {
    const kept = Number(localStorage.getItem(`studio.${key}`) ?? Number.NaN);
    return Number.isFinite(kept) ? kept : initial;
  });
  return [
    value,
    (next) => {
      localStorage.setItem(`studio.${key}`, String(next));
      setValue(next);
    },
  ];
}
