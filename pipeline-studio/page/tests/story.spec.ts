import { create, element, expect, job, run, shot, test } from "./studio";

test("a scenario is run, changed, explained, duplicated and compared", async ({ opened: page, studio }) => {
  await expect(element(page, "call:preprocess_and_score")).toBeVisible();
  await create(page, "baseline");
  await run(page).click();
  for (const name of ["preprocess_and_score", "high_value_cust_summary_statistics"]) {
    await expect(job(page, name).getByText("completed")).toBeVisible();
  }

  // The plan and the errors of values are shown before a run.
  const threshold = page.getByRole("textbox", { name: "payment_threshold" });
  await threshold.fill("much");
  await expect(page.getByText("`much` is not a valid `f64` for input `payment_threshold`")).toBeHidden();
  await expect(threshold).toHaveAttribute("aria-invalid", "true");
  await expect(
    page.getByText(/much is not a valid f64 for input payment_threshold: invalid type: string "much", expected f64/),
  ).toBeVisible();
  await expect(run(page)).toBeDisabled();
  await threshold.fill("1600");
  await expect(threshold).not.toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText(/changed: 1000 → 1600/).first()).toBeVisible();
  await run(page).click();
  const first = job(page, "preprocess_and_score");
  await expect(first.getByText("skipped")).toBeVisible();
  await expect(first.getByText("result known")).toBeVisible();
  await expect(job(page, "featurization_and_segmentation").getByText("completed")).toBeVisible();
  await shot(page, "story-run");

  // Three clicks: Duplicate, a value, Create.
  await page.getByRole("button", { name: "Duplicate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("summary_statistic_type").selectOption("max");
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("combobox", { name: "Scenario", exact: true })).toHaveValue("baseline-2");
  await run(page).click();
  await expect(job(page, "high_value_cust_summary_statistics").getByText("completed")).toBeVisible();

  await page.getByRole("link", { name: "Compare" }).click();
  const other = page.getByRole("combobox", { name: "Add a scenario to compare" });
  await other.click();
  await page
    .getByRole("option", { name: /^baseline/ })
    .first()
    .click();
  await expect(
    page.getByRole("region", { name: "Inputs that differ" }).getByText("summary_statistic_type"),
  ).toBeVisible();
  await expect(page.getByRole("region", { name: "KPIs" }).getByText("best").first()).toBeVisible();
  await expect(page.getByText("−7220.06, −83.2 %")).toBeVisible();
  await expect(page.getByText("no change")).toBeVisible();
  await page
    .getByRole("status", { name: "Messages" })
    .getByRole("button", { name: /close|dismiss/i })
    .first()
    .click({ timeout: 1_000 })
    .catch(() => {});
  await shot(page, "story-compare");

  await page.getByRole("link", { name: "KPIs" }).click();
  await expect(page.locator("canvas").first()).toBeVisible();
  await expect(page.getByRole("cell", { name: "8674.45 $" }).first()).toBeVisible();
  await shot(page, "story-kpis");

  await page.getByRole("link", { name: "Runs" }).click();
  await page.getByRole("link", { name: "Run 3" }).first().click();
  await expect(page.getByText("high_value_cust_summary_statistics").first()).toBeVisible();
  await shot(page, "story-runs");
  await page.getByRole("link", { name: "Versions" }).click();
  await expect(page.getByRole("heading", { name: "Versions" })).toBeVisible();

  // The command line shows the same scenarios.
  expect(studio.command("list")).toContain("baseline-2");
});

test("a node shows its value, its rows page by page, its columns, its history and its lineage", async ({
  opened: page,
  studio,
}) => {
  await create(page, "baseline");
  await run(page).click();
  await expect(job(page, "high_value_cust_summary_statistics").getByText("completed")).toBeVisible();
  await element(page, "node:scored_df").click();
  const details = page.getByRole("complementary");
  await expect(details.getByText("Frame<Scored>").first()).toBeVisible();
  await details.getByRole("tab", { name: "Preview" }).click();
  await expect(details.getByRole("columnheader", { name: /CUSTOMER_SCORE/ })).toBeVisible();
  const nextPage = page.waitForRequest((request) => request.url().includes("offset=50"));
  await details.getByRole("button", { name: /next/i }).click();
  await nextPage;
  await shot(page, "story-preview");

  // Each column has a filter. The error of an invalid filter is shown above the table, which stays visible.
  const purchases = details.getByRole("textbox", { name: "Filter NumberOfPurchases" });
  await purchases.fill(">= 40");
  await expect(details.getByRole("status").getByText(/filtered/)).toBeVisible();
  const numbers = details.getByRole("row").locator("td:nth-child(3)");
  await expect(numbers.last()).toHaveText(/^[4-9]\d|\d{3}/);
  await shot(page, "story-filter");
  await purchases.fill(">= many");
  await expect(details.getByRole("alert")).toContainText("can't parse many as i64");
  await expect(purchases).toHaveValue(">= many");
  await purchases.fill("");
  await expect(details.getByRole("status").getByText(/^Rows 1 to 50/)).toBeVisible();
  await details.getByRole("tab", { name: "Schema" }).click();
  await expect(details.getByText("The total amount that the customer paid.")).toBeVisible();
  await details.getByRole("tab", { name: "History" }).click();
  await expect(details.getByText("run 1").first()).toBeVisible();
  await details.getByRole("tab", { name: "Lineage" }).click();
  await expect(details.getByText(/customers\.csv/).first()).toBeVisible();

  // A selection highlights everything up- and downstream of it, and its command can be copied.
  await expect(page.locator('[data-element="node:metric"]')).toHaveClass(/dim/);
  await expect(page.locator('[data-element="node:path_to_data"]')).toHaveClass(/lit/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await details
    .getByRole("tab", { name: /Overview|Value/ })
    .first()
    .click();
  await details.getByRole("button", { name: /Copy.*up to here/ }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe("customer-analysis run --scenario baseline --to scored_df");
  expect(studio.command(...copied.split(" ").slice(1))).toContain("1 skipped");
});

test("everything is reachable by keyboard", async ({ opened: page }) => {
  await create(page, "baseline");
  await page.locator("body").press("/");
  await page.keyboard.type("segres");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary").getByRole("heading", { name: "segment_result" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "score_threshold" }).focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await expect(job(page, "segment_analysis").getByText("completed")).toBeVisible();
});

test("the graph can be exported", async ({ opened: page }) => {
  await create(page, "baseline");
  for (const [item, ending] of [
    ["SVG", ".svg"],
    ["PNG", ".png"],
    ["HTML", ".html"],
  ] as const) {
    await page.getByRole("button", { name: "Export" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: new RegExp(item) }).click();
    expect((await download).suggestedFilename()).toContain(ending);
  }
});

test("a group collapses to one box", async ({ opened: page }) => {
  await page.goto(`${new URL(page.url()).origin}/#/graph?toggle=customer_analysis%3A%3Aalgos`);
  await expect(element(page, "group:customer_analysis::algos")).toBeVisible();
  await expect(element(page, "call:segment_analysis")).toBeHidden();
});
