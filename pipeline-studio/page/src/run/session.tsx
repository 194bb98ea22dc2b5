import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { invalidate, setCached, under, useApi } from "../api/cache";
import { ApiError, request } from "../api/client";
import { paths } from "../api/paths";
import type { GraphView, NodeState, RunRequest, ScenarioInfo } from "../api/types";
import { toast, toastError } from "../ui/toasts";
import { useWorkspace } from "../workspace";
import { draftKey, type Drafts, setDraft, setDrafts, useDrafts } from "./drafts";
import { noteRun, type ShownRun, useNewestRun, useRun } from "./live";
import { type Outlook, useOutlook } from "./outlook";

/** The state of the selected scenario: its values, typed values, plan and newest run. */
export interface Session {
  info: ScenarioInfo | null;
  /** Whether the scenario is not in the store yet; the first run creates it. */
  missing: boolean;
  states: NodeState[] | null;
  stateOf: (node: string) => NodeState | undefined;
  statesProblem: string | null;
  drafts: Drafts;
  outlook: Outlook;
  /** The newest run of the scenario, running or finished. */
  run: ShownRun | null;
  starting: boolean;
  type: (node: string, text: string | null) => void;
  discard: () => void;
  start: (request?: RunRequest) => Promise<void>;
  write: () => Promise<void>;
  reset: (node: string) => Promise<void>;
  revert: (edit: number) => Promise<void>;
  cancel: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession must be used inside a SessionProvider");
  return session;
}

interface SessionProviderProps {
  graph: GraphView | undefined;
  children: ReactNode;
}

export function SessionProvider({ graph, children }: SessionProviderProps) {
  const { type, scenario } = useWorkspace();
  const usable = type.problem === null ? scenario : null;
  const key = draftKey(type.id, usable);
  const drafts = useDrafts(key);
  const loadedInfo = useApi<ScenarioInfo>(usable === null ? null : paths.scenario(usable));
  const info = loadedInfo.data ?? null;
  const missing = loadedInfo.error?.status === 404;
  const known = info === null ? null : usable;
  const states = useApi<NodeState[]>(known === null ? null : paths.nodes(known, type.id));
  const newest = useNewestRun(usable);
  const last = Math.max(newest ?? 0, info?.last_run?.run ?? 0);
  const run = useRun(last > 0 ? last : null).data ?? null;
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map());
  const [starting, setStarting] = useState(false);

  const shownDrafts = useMemo(() => {
    const secret = new Set(graph?.nodes.filter((node) => node.secret).map((node) => node.name));
    const entries = Object.entries(drafts);
    const shown = entries.filter(([node]) => !secret.has(node));
    return shown.length === entries.length ? drafts : Object.fromEntries(shown);
  }, [drafts, graph]);
  const checked = useOutlook(type.id, known, shownDrafts);
  const outlook = useMemo(
    () => (refused.size === 0 ? checked : { ...checked, errors: new Map([...checked.errors, ...refused]) }),
    [checked, refused],
  );

  const fail = useCallback((error: unknown) => {
    if (error instanceof ApiError && error.errors.length > 0)
      setRefused(new Map(error.errors.map(({ node, message }) => [node, message])));
    else toastError(error);
  }, []);

  const byNode = useMemo(() => new Map(states.data?.map((state) => [state.node, state])), [states.data]);

  const session = useMemo<Session>(() => {
    const path = usable === null ? null : paths.nodes(usable, type.id);
    const setStates = (next: NodeState[]) => {
      if (path !== null) setCached(path, next);
      if (usable !== null) invalidate(under(`/scenarios/${encodeURIComponent(usable)}/edits`));
    };
    const change = async (work: () => Promise<NodeState[]>) => {
      try {
        setStates(await work());
      } catch (error) {
        fail(error);
      }
    };
    return {
      info,
      missing,
      states: states.data ?? null,
      stateOf: (node) => byNode.get(node),
      statesProblem: states.error?.message ?? null,
      drafts,
      outlook,
      run,
      starting,
      type: (node, text) => {
        setRefused(new Map());
        setDraft(key, node, text);
      },
      discard: () => {
        setRefused(new Map());
        setDrafts(key, {});
      },
      start: async (options = {}) => {
        if (usable === null) return;
        setStarting(true);
        try {
          if (missing) await request("POST", paths.scenarios(type.id), { name: usable, inputs: shownDrafts });
          const body: RunRequest = { ...options, inputs: { ...drafts } };
          const started = await request<{ run: number }>("POST", paths.start(usable, type.id), body);
          setDrafts(key, {});
          noteRun(usable, started.run);
          invalidate(under("/scenarios", "/runs"));
        } catch (error) {
          fail(error);
        } finally {
          setStarting(false);
        }
      },
      write: () =>
        change(async () => {
          const next = await request<NodeState[]>("PUT", paths.inputs(usable ?? "", type.id), shownDrafts);
          // Typed secrets are kept for the next run.
          setDrafts(key, Object.fromEntries(Object.entries(drafts).filter(([node]) => !(node in shownDrafts))));
          return next;
        }),
      reset: (node) =>
        change(async () => {
          const next = await request<NodeState[]>("DELETE", paths.input(usable ?? "", type.id, node));
          setDraft(key, node, null);
          return next;
        }),
      revert: (edit) => change(() => request<NodeState[]>("POST", paths.revert(usable ?? "", type.id, edit))),
      cancel: async () => {
        if (!run) return;
        try {
          await request("POST", paths.cancel(run.run));
          toast(`Canceling run ${run.run}`);
        } catch (error) {
          fail(error);
        }
      },
    };
  }, [usable, type.id, key, info, missing, states, byNode, drafts, shownDrafts, outlook, run, starting, fail]);

  return <SessionContext value={session}>{children}</SessionContext>;
}
