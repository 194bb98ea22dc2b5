import { useSyncExternalStore } from "react";
import { invalidate, under } from "../api/cache";
import { ApiError, messageOf, request } from "../api/client";
import { listen } from "../api/events";
import { paths } from "../api/paths";
import type { Change, Draft, FileText, Positions } from "../api/types";

export interface EditorState {
  /** The file as it was read or saved last. */
  saved: FileText | null;
  draft: Draft | null;
  /** The text has changes that aren't saved. */
  dirty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  busy: boolean;
  /** Why the file can't be opened. */
  problem: string | null;
  /** The file on disk is another one, while there are changes here. */
  changedOnDisk: boolean;
  /** What is on disk, when it was found while saving. */
  conflict: FileText | null;
  /** Counts openings, so that what belongs to the former text can be dropped. */
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

/** One scenario file that is edited: its texts from step to step, and what is drawn of the present one. */
export class Editor {
  private state = EMPTY;
  private texts: string[] = [];
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
    const text = this.texts[this.at];
    this.state = { ...this.state, ...change };
    this.state.dirty = this.state.saved !== null && text !== this.state.saved.text;
    this.state.canUndo = this.at > 0;
    this.state.canRedo = this.at < this.texts.length - 1;
    this.listeners.forEach((listener) => listener());
  }

  /** One after the other: each change starts from the text that the one before has made. */
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

  /** Reads the file from disk; what wasn't saved is gone. */
  reload(): Promise<void> {
    return this.enqueue(async () => {
      try {
        const saved = await request<FileText>("GET", paths.file(this.path));
        const known = await request<{ positions: Positions }>("GET", paths.positions(this.path));
        this.positions = known.positions;
        this.texts = [saved.text];
        this.at = 0;
        this.put({ saved, problem: null, changedOnDisk: false, conflict: null, opened: this.state.opened + 1 });
        this.put({ draft: await this.draftOf(saved.text) });
      } catch (error) {
        this.put({ problem: messageOf(error) });
      }
    });
  }

  /** Makes a change; fails with the server's message when it can't be made. */
  apply(change: Change): Promise<Draft> {
    return this.enqueue(async () => {
      const before = this.texts[this.at] ?? "";
      const draft = await this.draftOf(before, change);
      if (draft.text !== before) {
        this.texts = [...this.texts.slice(0, this.at + 1), draft.text].slice(-MOST_STEPS);
        this.at = this.texts.length - 1;
      }
      if (change.kind === "rename") this.keepPlace(change.node, change.to);
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
      const text = this.texts[this.at + by];
      if (text === undefined) return;
      const draft = await this.draftOf(text);
      this.at += by;
      this.put({ draft });
    });
  }

  /** Writes the file; false when it has changed on disk meanwhile, which is then told as a conflict. */
  save(overwrite = false): Promise<boolean> {
    return this.enqueue(async () => {
      const text = this.texts[this.at];
      const base = this.state.saved?.hash;
      if (text === undefined || base === undefined) return false;
      this.saving = true;
      try {
        const body = { text, base, ...(overwrite ? { overwrite } : {}) };
        const saved = await request<FileText>("PUT", paths.file(this.path), body);
        this.texts[this.at] = saved.text;
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

  private keepPlace(from: string, to: string): void {
    const place = this.positions[`node:${from}`];
    if (place) void this.place({ [`node:${to}`]: place });
  }

  /** Keeps where elements were put, for everybody who opens the file. */
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
      this.put({ draft: await this.draftOf(this.texts[this.at] ?? "") });
    });
  }

  private async writePositions(): Promise<void> {
    await request("PUT", paths.positions(this.path), { positions: this.positions });
    invalidate(under("/graph"));
  }

  /** The file changed on disk, or is gone. */
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

/** The files that were opened: one with unsaved changes is kept while another view is shown. */
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
    // What is wrong with the file is told when it is saved.
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
