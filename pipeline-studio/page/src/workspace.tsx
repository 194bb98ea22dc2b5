import { createContext, useContext } from "react";
import type { Project, TypeInfo } from "./api/types";

/** The project, scenario type and scenario that all views show. */
export interface Workspace {
  project: Project;
  type: TypeInfo;
  /** Null if the type has no scenario yet. */
  scenario: string | null;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error("useWorkspace must be used inside a WorkspaceContext");
  return workspace;
}
