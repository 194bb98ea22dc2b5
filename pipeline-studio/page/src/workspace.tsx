import { createContext, useContext } from "react";
import type { Project, TypeInfo } from "./api/types";

/** What all views are about. */
export interface Workspace {
  project: Project;
  type: TypeInfo;
  /** Null: there is no scenario of this type yet. */
  scenario: string | null;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error("there is no workspace");
  return workspace;
}
