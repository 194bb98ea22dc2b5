import { useEffect, useState } from "react";
import { ApiError, isAborted, messageOf, request } from "../api/client";
import { listen } from "../api/events";
import { paths } from "../api/paths";
import type { InputError, Plan, StudioEvent } from "../api/types";
import type { Drafts } from "./drafts";

/** The validity of the typed values, and the plan for a run with them. */
export interface Outlook {
  /** The error of each input with an invalid value. */
  errors: ReadonlyMap<string, string>;
  plan: Plan | null;
  problem: string | null;
  pending: boolean;
  /** Whether something has happened that the plan doesn't reflect yet. */
  stale: boolean;
}

const NOTHING: Outlook = { errors: new Map(), plan: null, problem: null, pending: true, stale: false };
const TYPING_MS = 250;

function changesPlan(event: StudioEvent, scenario: string): boolean {
  switch (event.event) {
    case "hello":
    case "store":
    case "file":
      return true;
    case "scenario":
      return event.scenario === scenario;
    case "submission":
      return event.status !== "running";
    default:
      return false;
  }
}

async function fetchOutlook(type: string, scenario: string, drafts: Drafts, signal: AbortSignal): Promise<Outlook> {
  let refused: InputError[] = [];
  if (Object.keys(drafts).length > 0) {
    const path = paths.check(scenario, type);
    refused = (await request<{ errors: InputError[] }>("POST", path, drafts, signal)).errors;
  }
  const errors = new Map(refused.map(({ node, message }) => [node, message]));
  const inputs = Object.fromEntries(Object.entries(drafts).filter(([node]) => !errors.has(node)));
  try {
    const plan = await request<Plan>("POST", paths.plan(scenario, type), { inputs }, signal);
    return { errors, plan, problem: null, pending: false, stale: false };
  } catch (error) {
    if (isAborted(error)) throw error;
    if (error instanceof ApiError) error.errors.forEach(({ node, message }) => errors.set(node, message));
    return { errors, plan: null, problem: messageOf(error), pending: false, stale: false };
  }
}

/** Checks the drafts and loads the plan for them after each change. The caller leaves out secrets. */
export function useOutlook(type: string, scenario: string | null, drafts: Drafts): Outlook {
  const [outlook, setOutlook] = useState(NOTHING);
  const [requests, setRequests] = useState(0);
  const key = `${type}\n${scenario}`;
  const [shownKey, setShownKey] = useState(key);
  if (shownKey !== key) {
    setShownKey(key);
    setOutlook(NOTHING);
  }

  useEffect(() => {
    if (scenario === null) return;
    let timer: number | undefined;
    const stop = listen((event) => {
      if (!changesPlan(event, scenario)) return;
      setOutlook((before) => ({ ...before, stale: true }));
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setRequests((before) => before + 1), TYPING_MS);
    });
    return () => {
      window.clearTimeout(timer);
      stop();
    };
  }, [scenario]);

  useEffect(() => {
    if (scenario === null) return;
    const controller = new AbortController();
    setOutlook((before) => ({ ...before, pending: true }));
    const wait = Object.keys(drafts).length > 0 ? TYPING_MS : 0;
    const timer = window.setTimeout(() => {
      fetchOutlook(type, scenario, drafts, controller.signal).then(setOutlook, (error: unknown) => {
        if (isAborted(error)) return;
        setOutlook({ errors: new Map(), plan: null, problem: messageOf(error), pending: false, stale: false });
      });
    }, wait);
    return () => {
      window.clearTimeout(timer);
      controller.abort();
    };
  }, [type, scenario, drafts, requests]);

  return outlook;
}
