import { appendFileSync, copyFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { element, expect, job, shot, test } from "./studio";

const FILE = `# Ours: keep this line.
name = "Sums"

[inputs.first]
type = "f64"
default = 1.5 # one and a half

[inputs.style]
default = "plain"

[[tasks]]
function = "scale"
arguments = ["first", "first"]
outputs = "square"

[[tasks]]
function = "describe"
arguments = ["square", "style"]
outputs = "words"
`;

test.use({ program: "toolbox", files: { "sums.toml": FILE } });

const open = async (page: Page) => {
  await page.goto(`${new URL(page.url()).origin}/#/edit?type=sums.toml`);
  await expect(element(page, "call:describe")).toBeVisible();
};

/** Drags from the right port of a data node to a port of a task. */
async function connect(page: Page, from: string, call: string, parameter: string): Promise<void> {
  const source = element(page, `node:${from}`).locator(".react-flow__handle.source");
  const target = element(page, `call:${call}`).locator(`.react-flow__handle.target[data-handleid*="${parameter}"]`);
  const [start, end] = [await source.boundingBox(), await target.boundingBox()];
  if (!start || !end) throw new Error(`no port found for ${from} or ${call}.${parameter}`);
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(end.x - 30, end.y, { steps: 8 });
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 8 });
  await page.mouse.up();
}

test("a scenario is edited, saved with its comments, and run", async ({ opened: page, studio }) => {
  await open(page);
  await page.getByRole("searchbox", { name: "Search task functions" }).fill("add");
  await page.getByRole("button", { name: "Add task add" }).click();
  await expect(element(page, "node:add_result")).toBeVisible();
  await expect(
    page
      .getByRole("region", { name: "Problems" })
      .getByText(/argument/)
      .first(),
  ).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Tidy up" }).click();
  await page.waitForTimeout(600);
  await page.getByRole("button", { name: "Fit to view" }).click();
  // Dragging near the edge of the canvas would move the view.
  await page.getByRole("button", { name: "Zoom out" }).click();
  await page.waitForTimeout(600);

  // A node of a wrong type can't be connected, and the reason is shown.
  await connect(page, "style", "add", "x");
  await expect(
    page.getByText(/x of add takes a f64, but style is a Style|`x` of `add` takes a `f64`, but `style` is a `Style`/),
  ).toBeVisible();
  await shot(page, "edit-refused");
  await connect(page, "first", "add", "x");
  await element(page, "call:add").click();
  await page.getByLabel("y", { exact: true }).selectOption("square");
  await expect(page.getByText("No problems")).toBeVisible();

  await element(page, "node:first").click();
  const name = page.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("side");
  await name.press("Enter");
  await expect(element(page, "node:side")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(element(page, "node:first")).toBeVisible();
  await page.getByRole("button", { name: "Redo" }).click();
  await expect(element(page, "node:side")).toBeVisible();
  await shot(page, "edit-done");

  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const text = studio.read("sums.toml");
  expect(text).toContain("# Ours: keep this line.");
  expect(text).toContain("default = 1.5 # one and a half");
  expect(text).toContain('arguments = ["side", "side"]');
  expect(text).toContain('function = "toolbox::add"');

  await page.getByRole("button", { name: "Save and run" }).click();
  await expect(job(page, "add").getByText("completed")).toBeVisible();
  expect(studio.command("read", "add_result", "--scenario-file", "sums.toml", "--scenario", "sums").trim()).toBe(
    "3.75",
  );
});

test("a file that changed on disk is overwritten only on request", async ({ opened: page, studio }) => {
  await open(page);
  await element(page, "node:first").click();
  const value = page.getByRole("textbox", { name: "Default" });
  await value.fill("2.5");
  await value.press("Enter");
  await expect(page.getByText("Unsaved changes")).toBeVisible();
  appendFileSync(studio.pathOf("sums.toml"), "# theirs\n");
  await expect(page.getByRole("alert").getByText(/has changed on disk/)).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await shot(page, "edit-conflict");
  expect(studio.read("sums.toml")).toContain("# theirs");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(studio.read("sums.toml")).not.toContain("2.5");
  await page.getByRole("button", { name: "Reload from disk" }).first().click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("positions of elements are saved in the project", async ({ opened: page, studio }) => {
  await open(page);
  const node = element(page, "node:words");
  const before = await node.boundingBox();
  if (!before) throw new Error("the node is not visible");
  await page.mouse.move(before.x + 20, before.y + 10);
  await page.mouse.down();
  await page.mouse.move(before.x + 60, before.y + 90, { steps: 6 });
  await page.mouse.up();
  await expect
    .poll(() => {
      try {
        return studio.read("studio.toml");
      } catch {
        return "";
      }
    })
    .toContain('"node:words"');
  copyFileSync(studio.pathOf("studio.toml"), studio.pathOf("copy-of-positions.txt"));
});

test("a file with errors is opened, shows its problems, and is fixed", async ({ opened: page, studio }) => {
  writeFileSync(
    studio.pathOf("sums.toml"),
    FILE.replace('arguments = ["square", "style"]', 'arguments = ["sqare", "style"]'),
  );
  await open(page);
  const problem = page.getByText(/has no node/).first();
  await expect(problem).toBeVisible();
  await expect(page.getByText(/did you mean/).first()).toBeVisible();
  await problem.click();
  await page.getByLabel("x", { exact: true }).selectOption("square");
  await expect(page.getByText("No problems")).toBeVisible();
});
