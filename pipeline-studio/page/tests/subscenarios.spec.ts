import { element, expect, run, test } from "./studio";

const CUSTOMERS =
  "TotalPurchaseAmount,NumberOfPurchases,AverageReviewScore,TotalPurchaseTime\n1500.5,12,4.5,300\n200,3,2,90\n";

test.use({ program: "countries", files: { "de.csv": CUSTOMERS, "fr.csv": CUSTOMERS } });

test("a subscenario is one box until it is expanded, and its inputs can be set", async ({ opened: page, studio }) => {
  studio.command("create", "both", "--set", "german_customers=de.csv", "--set", "french_customers=fr.csv");
  await page.goto(`${new URL(page.url()).origin}/#/graph?scenario=both`);
  await expect(element(page, "group:germany")).toBeVisible();
  await expect(element(page, "node:german_customers")).toBeVisible();
  await expect(element(page, "node:germany.high_value_summary_df")).toBeVisible();
  await expect(element(page, "node:germany.scored_df")).toBeHidden();

  // Inputs that no box shows are in the panel.
  await page.getByRole("textbox", { name: "france.score_threshold" }).fill("3");
  await run(page).click();
  await expect(page.getByRole("region", { name: "Run 1" }).getByText("completed").first()).toBeVisible();

  await element(page, "group:germany").click();
  await expect(page.getByText("The German customers.")).toBeVisible();
  await page.getByRole("button", { name: "Expand" }).click();
  await expect(element(page, "node:germany.scored_df")).toBeVisible();
  await expect(element(page, "group:france")).toBeVisible();
  await expect(element(page, "node:france.scored_df")).toBeHidden();

  // The search finds what is hidden, and shows it.
  await page.keyboard.press("/");
  await page.getByRole("dialog").getByRole("combobox").fill("france.scored");
  await page.keyboard.press("Enter");
  await expect(element(page, "node:france.scored_df")).toBeVisible();
});
