import { create, element, expect, job, run, shot, test } from "./studio";

test.use({ program: "toolbox" });

test("a run is watched and canceled", async ({ opened: page }) => {
  await create(page, "slow");
  await page.getByRole("textbox", { name: "seconds" }).fill("600");
  await run(page).click();
  await expect(job(page, "wait").getByText("running")).toBeVisible();
  await expect(job(page, "describe").getByText(/waiting|pending|queued/)).toBeVisible();
  await expect(element(page, "call:wait").getByText("running")).toBeVisible();
  await shot(page, "live-running");
  await page.getByRole("button", { name: "Cancel" }).first().click();
  await expect(job(page, "wait").getByText("canceled").first()).toBeVisible();
  await expect(job(page, "scale").getByText("completed")).toBeVisible();
});

test("a failed job shows its error and the location of its function", async ({ opened: page }) => {
  await create(page, "low");
  await page.getByRole("textbox", { name: "limit" }).fill("10");
  await run(page).click();
  const failed = job(page, "at_most");
  await expect(failed.getByText("failed").first()).toBeVisible();
  await expect(failed.getByText("42 is more than 10: choose a higher limit")).toBeVisible();
  await expect(failed.getByText(/toolbox\.rs:\d+/)).toBeVisible();
  await expect(job(page, "describe").getByText("abandoned").first()).toBeVisible();
  await shot(page, "live-failed");
});

test("a run from the command line appears on an open page", async ({ opened: page, studio }) => {
  await create(page, "shared");
  await run(page).click();
  await expect(job(page, "describe").getByText("completed")).toBeVisible();
  const other = studio.start("run", "--scenario", "shared", "--set", "seconds=20");
  await expect(page.getByText("Started in another process", { exact: false }).first()).toBeVisible();
  await expect(job(page, "wait").getByText("running")).toBeVisible();
  other.kill("SIGINT");
  const region = page.getByRole("region", { name: "Run 2" });
  await expect(region.getByText(/canceled|failed/).first()).toBeVisible({ timeout: 30_000 });
  studio.command("run", "--scenario", "shared", "--set", "seconds=0", "--set", "by=3");
  await expect(page.getByRole("region", { name: "Run 3" }).getByText("completed").first()).toBeVisible();
  await expect(page.getByRole("textbox", { name: "by" })).toHaveValue(/^3/);
});

test("two tabs stay in sync", async ({ opened: page, context }) => {
  await create(page, "shared");
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(run(second)).toBeEnabled();
  await run(page).click();
  await expect(job(page, "describe").getByText("completed")).toBeVisible();
  await expect(second.getByRole("region", { name: "Run 1" }).getByText("completed").first()).toBeVisible();
});
