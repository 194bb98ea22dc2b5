import { test as base, expect, type Page } from "@playwright/test";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const programs = process.env["STUDIO_PROGRAMS"] ?? "";
const project = process.env["STUDIO_PROJECT"] ?? join(import.meta.dirname, "../../..");
const shots = process.env["STUDIO_SHOTS"] ?? join(tmpdir(), "studio-shots");

/** A program of the project: its worked example, or one of the examples. */
export type Program = "countries" | "customer-analysis" | "toolbox";

/** The Studio of a program in a temporary folder. */
export class Studio {
  readonly folder = mkdtempSync(join(tmpdir(), "studio-"));
  origin = "";
  key = "";
  private server: ChildProcess | undefined;

  constructor(readonly program: Program) {
    if (program === "customer-analysis") {
      mkdirSync(join(this.folder, "data"));
      copyFileSync(join(project, "customer-analysis/data/customers.csv"), join(this.folder, "data/customers.csv"));
    }
  }

  private get path(): string {
    return join(programs, this.program === "customer-analysis" ? this.program : `examples/${this.program}`);
  }

  pathOf(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.pathOf(file), "utf8");
  }

  /** Runs a command of the program next to the server and returns its output. */
  command(...words: string[]): string {
    return execFileSync(this.path, words, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  }

  /** Starts a command in the background. */
  start(...words: string[]): ChildProcess {
    return spawn(this.path, words, { cwd: this.folder, stdio: "ignore" });
  }

  async serve(): Promise<string> {
    const server = spawn(this.path, ["studio", "--no-open", "--port", "0"], {
      cwd: this.folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.server = server;
    let output = "";
    for await (const part of server.stderr) {
      output += String(part);
      if (output.includes("Ctrl-C stops it")) break;
    }
    server.stderr.resume();
    this.origin = /studio is at (\S+)/.exec(output)?.[1] ?? "";
    this.key = /Bearer ([0-9a-f]+)/.exec(output)?.[1] ?? "";
    return /open {2}(\S+)/.exec(output)?.[1] ?? "";
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.origin}/api${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  stop(): void {
    this.server?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Fixtures {
  program: Program;
  /** Files to create in the folder, with their content. */
  files: Record<string, string>;
  studio: Studio;
  /** The page, opened with the link that the program printed. */
  opened: Page;
}

export const test = base.extend<Fixtures>({
  program: ["customer-analysis", { option: true }],
  files: [{}, { option: true }],
  studio: async ({ program, files }, use) => {
    const studio = new Studio(program);
    for (const [file, text] of Object.entries(files)) writeFileSync(studio.pathOf(file), text);
    await use(studio);
    studio.stop();
  },
  opened: async ({ studio, page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // The page shows rejected requests to the user, but the browser logs them too.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        errors.push(message.text());
    });
    await page.goto(await studio.serve());
    await page.waitForURL((url) => url.searchParams.get("token") === null);
    await use(page);
    expect(errors, "errors of the page").toEqual([]);
  },
});

export { expect };

export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** Creates a scenario by typing its name into the picker. */
export async function create(page: Page, name: string): Promise<void> {
  const picker = page.getByRole("combobox", { name: "Scenario", exact: true });
  await picker.click();
  await picker.fill(name);
  await page.getByRole("option", { name: `Create scenario ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(picker).toHaveValue(name);
}

export const run = (page: Page) => page.getByRole("button", { name: "Run", exact: true });

/** The row of a job in the list of the newest run. */
export const job = (page: Page, name: string) =>
  page
    .getByRole("list", { name: /^Jobs of run/ })
    .getByRole("listitem")
    .filter({ has: page.getByRole("button", { name, exact: true }) });

export const element = (page: Page, id: string) => page.locator(`[data-id="${id}"]`);
