import { useSyncExternalStore } from "react";
import { invalidate, under } from "../api/cache";
import { ApiError, messageOf, request } from "../api/client";
import { listen } from "../api/events";
import { paths } from "../api/paths";
import type { Change, Draft, FileText, Positions } from "../api/types";

export interface EditorState {
  /** The file as last read or saved. */
  saved: FileText | null;
  draft: Draft | null;
  /** Whether there are unsaved changes. */
  dirty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  busy: boolean;
  /** Why the file can't be opened. */
  problem: string | null;
  /** Whether the file was deleted, or changed on disk while there are unsaved changes. */
  changedOnDisk: boolean;
  /** The changed file on disk, if saving found one. */
  conflict: FileText | null;
  /** The number of times that the file was loaded; state of the previous content is dropped when it changes. */
  opened: number;
}

const MOST_STEPS = 200;

const EMPTY: EditorState = {
  saved: null,
  draft: null,
  dirty: false,
  canUndo: false,
  canRedo: false,
  busy: true,
  problem: null,
  changedOnDisk: false,
  conflict: null,
  opened: 0,
};

/** A scenario file in the editor: its content after each step, and the draft of the current step. */
export class Editor {
  private state = EMPTY;
  /** The content after each step, for undo and redo. */
  private steps: string[] = [];
  private at = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private positions: Positions = {};
  private saving = false;
  private readonly listeners = new Set<() => void>();

  constructor(readonly path: string) {
    void this.reload();
  }

  readonly get = (): EditorState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  private put(change: Partial<EditorState>): void {
    const text = this.steps[this.at];
    this.state = { ...this.state, ...change };
    this.state.dirty = this.state.saved !== null && text !== this.state.saved.text;
    this.state.canUndo = this.at > 0;
    this.state.canRedo = this.at < this.steps.length - 1;
    this.listeners.forEach((listener) => listener());
  }

  /** Runs changes one after the other, so that each starts from the result of the previous one. */
  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(async () => {
      this.put({ busy: true });
      try {
        return await work();
      } finally {
        this.put({ busy: false });
      }
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  private draftOf(text: string, change?: Change): Promise<Draft> {
    return request<Draft>("POST", paths.drafts(), { path: this.path, text, ...(change ? { change } : {}) });
  }

  /** Reads the file from disk and discards unsaved changes. */
  reload(): Promise<void> {
    return this.enqueue(async () => {
      try {
        const saved = await request<FileText>("GET", paths.file(this.path));
        const known = await request<{ positions: Positions }>("GET", paths.positions(this.path));
        this.positions = known.positions;
        this.steps = [saved.text];
        this.at = 0;
        this.put({ saved, problem: null, changedOnDisk: false, conflict: null, opened: this.state.opened + 1 });
        this.put({ draft: await this.draftOf(saved.text) });
      } catch (error) {
        this.put({ problem: messageOf(error) });
      }
    });
  }

  /** Applies a change. Rejects with the server's error if the change is not possible. */
  apply(change: Change): Promise<Draft> {
    return this.enqueue(async () => {
      const before = this.steps[this.at] ?? "";
      const draft = await this.draftOf(before, change);
      if (draft.text !== before) {
        this.steps = [...this.steps.slice(0, this.at + 1), draft.text].slice(-MOST_STEPS);
        this.at = this.steps.length - 1;
      }
      if (change.kind === "rename") this.keepPosition(change.node, change.to);
      this.put({ draft });
      return draft;
    });
  }

  undo(): Promise<void> {
    return this.step(-1);
  }

  redo(): Promise<void> {
    return this.step(1);
  }

  private step(by: number): Promise<void> {
    return this.enqueue(async () => {
      const text = this.steps[this.at + by];
      if (text === undefined) return;
      const draft = await this.draftOf(text);
      this.at += by;
      this.put({ draft });
    });
  }

  /** Saves the file. Returns false and sets `conflict` if it was changed on disk in the meantime. */
  save(overwrite = false): Promise<boolean> {
    return this.enqueue(async () => {
      const text = this.steps[this.at];
      const base = this.state.saved?.hash;
      if (text === undefined || base === undefined) return false;
      this.saving = true;
      try {
        const body = { text, base, ...(overwrite ? { overwrite } : {}) };
        const saved = await request<FileText>("PUT", paths.file(this.path), body);
        this.steps[this.at] = saved.text;
        this.put({ saved, changedOnDisk: false, conflict: null });
        invalidate(under("/project", "/graph", "/scenarios"));
        return true;
      } catch (error) {
        const disk = diskOf(error);
        if (!disk) throw error;
        this.put({ conflict: disk });
        return false;
      } finally {
        this.saving = false;
      }
    });
  }

  dropConflict(): void {
    this.put({ conflict: null, changedOnDisk: true });
  }

  /** Keeps the position of a renamed node. */
  private keepPosition(from: string, to: string): void {
    const position = this.positions[`node:${from}`];
    if (position) void this.place({ [`node:${to}`]: position });
  }

  /** Saves the positions of moved elements in the project. */
  async place(moved: Positions): Promise<void> {
    this.positions = { ...this.positions, ...moved };
    await this.writePositions();
  }

  async tidyUp(): Promise<void> {
    this.positions = {};
    await this.writePositions();
    await this.redraw();
  }

  redraw(): Promise<void> {
    return this.enqueue(async () => {
      this.put({ draft: await this.draftOf(this.steps[this.at] ?? "") });
    });
  }

  private async writePositions(): Promise<void> {
    await request("PUT", paths.positions(this.path), { positions: this.positions });
    invalidate(under("/graph"));
  }

  /** Handles that the file changed on disk or was deleted. */
  onFile(hash: string | null): void {
    void this.queue.then(() => {
      if (this.saving || hash === this.state.saved?.hash) return;
      if (hash !== null && !this.state.dirty) void this.reload();
      else this.put({ changedOnDisk: true });
    });
  }
}

function diskOf(error: unknown): FileText | null {
  if (!(error instanceof ApiError) || error.code !== "changed_on_disk") return null;
  return (error.body as { disk?: FileText }).disk ?? null;
}

/** The open files. A file with unsaved changes stays open while other views are shown. */
const editors = new Map<string, Editor>();

listen((event) => {
  if (event.event === "file") editors.get(event.path)?.onFile(event.hash);
  else if (event.event === "hello") for (const editor of editors.values()) void checkDisk(editor);
});

async function checkDisk(editor: Editor): Promise<void> {
  if (editor.get().saved === null) return;
  try {
    editor.onFile((await request<FileText>("GET", paths.file(editor.path))).hash);
  } catch {
    // An error of the file is reported when it is saved.
  }
}

window.addEventListener("beforeunload", (event) => {
  if ([...editors.values()].some((editor) => editor.get().dirty)) event.preventDefault();
});

export function editorOf(path: string): Editor {
  for (const [other, editor] of editors) if (other !== path && !editor.get().dirty) editors.delete(other);
  const found = editors.get(path) ?? new Editor(path);
  editors.set(path, found);
  return found;
}

export function useEditor(editor: Editor): EditorState {
  return useSyncExternalStore(editor.subscribe, editor.get);
}
