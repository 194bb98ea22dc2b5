import { Fragment, type ReactNode } from "react";
import type { ApiError } from "../api/client";
import type { Loaded } from "../api/cache";
import { Icon } from "./icons";

/** Text in which parts in backticks are shown as code. */
export function Prose({ text }: { text: string }) {
  return text
    .split("`")
    .map((part, index) =>
      index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
    );
}

/** A name that may be broken after underscores. */
export function Breakable({ name }: { name: string }) {
  return name.split(/(?<=_)/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

export function ErrorText({ error }: { error: ApiError | { message: string } }) {
  return (
    <p className="error-text" role="alert">
      <Icon name="warning" />
      <span>
        <Prose text={error.message} />
      </span>
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

interface AwaitProps<T> {
  loaded: Loaded<T>;
  children: (data: T) => ReactNode;
}

/** Shows the loaded data, a loading message, or the error. */
export function Await<T>({ loaded, children }: AwaitProps<T>) {
  if (loaded.data !== undefined) return children(loaded.data);
  if (loaded.error) return <ErrorText error={loaded.error} />;
  return <p className="loading">Loading</p>;
}

/** A list of names and values. Entries whose value is null are left out. */
export function Facts({ facts }: { facts: [string, ReactNode | null][] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
