/** The paths of the icons, on a grid of 16 by 16. */
const PATHS = {
  graph: "M5 4.5h1.5c2 0 2 3.5 4 3.5M5 11.5h1.5c2 0 2-3.5 4-3.5M2 3h3v3H2zM2 10h3v3H2zM10.5 6.5h3.5v3h-3.5z",
  runs: "M2.5 4h11M2.5 8h7M2.5 12h9",
  compare: "M2.5 3h4v10h-4zM9.5 3h4v10h-4z",
  kpis: "M2 13.5h12M3 11l3.5-4 3 2.5L13.5 4",
  versions:
    "M4 5.5v5M4 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM12 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM12 5.5c0 3-8 1.5-8 5",
  edit: "M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3 3 13zM9 4.7l2.3 2.3",
  play: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  down: "M4 6.5l4 4 4-4",
  right: "M6.5 4l4 4-4 4",
  left: "M9.5 4l-4 4 4 4",
  check: "M3 8.5l3.2 3.2L13 4.8",
  skip: "M3 4l5 4-5 4zM8.5 4l4.5 4-4.5 4z",
  cross: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  spinner: "M8 2a6 6 0 1 1-5.6 3.8",
  ban: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4",
  warning: "M8 2.5 14.5 13.5h-13zM8 6.8v3M8 11.7v.1",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.4M8 5v.1",
  question: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4C6.4 4.2 9.8 4.3 9.7 6.4c0 1.3-1.7 1.3-1.7 2.6M8 11.2v.1",
  undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5 6 3.5M3 6.5l3 3",
  redo: "M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M13 6.5l-3-3M13 6.5l-3 3",
  trash: "M3 4.5h10M6 4.5V2.8h4v1.7M4.5 4.5l.6 8.7h5.8l.6-8.7",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  moon: "M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z",
  system: "M2 3h12v8H2zM6 13.5h4",
  file: "M4 2h5l3 3v9H4zM9 2v3h3",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  save: "M3 3h8l2 2v8H3zM5.5 3v3.5h4V3M5 13V9h6v4",
  tidy: "M2 4h4v3H2zM2 10h4v3H2zM10 7h4v3h-4zM6 5.5h2v6H6M8 8.5h2",
  pin: "M6 2.5h4l-.5 4 2 2.5h-7l2-2.5zM8 9v5",
  export: "M8 2v7.5M5 6.5l3 3 3-3M3 11v2.5h10V11",
  terminal: "M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.5h3",
  link: "M6.8 9.2l2.4-2.4M7 4.8l1.4-1.4a2.6 2.6 0 0 1 3.8 3.8L10.8 8.6M9 11.2l-1.4 1.4a2.6 2.6 0 0 1-3.8-3.8l1.4-1.4",
  text: "M3 3.5h10M3 6.5h7M3 9.5h10M3 12.5h5",
  duplicate: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3M9.5 7.5v4M7.5 9.5h4",
  revert: "M3 8a5 5 0 1 1 1.5 3.5M3 8V4.8M3 8h3.2",
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set<IconName>(["play", "stop", "skip"]);

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill={FILLED.has(name) ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.4 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
