import AxeBuilder from "@axe-core/playwright";
import { create, element, expect, job, run, test } from "./studio";

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds no serious violations, ${scheme}`, async ({ opened: page, studio }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const found: string[] = [];
    const check = async (where: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const violation of violations.filter((one) => one.impact === "serious" || one.impact === "critical")) {
        found.push(
          `${where}: ${violation.id}, ${violation.help}: ${violation.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
        );
      }
    };
    await check("no scenario");
    await create(page, "baseline");
    await run(page).click();
    await expect(job(page, "high_value_cust_summary_statistics").getByText("completed")).toBeVisible();
    await check("after a run");
    await element(page, "node:scored_df").click();
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await page.waitForTimeout(200);
      await check(`details, ${await tab.textContent()}`);
    }
    await element(page, "call:segment_analysis").click();
    await check("a task");
    await page.getByRole("button", { name: "Duplicate" }).click();
    await check("a dialog");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    for (const view of ["Runs", "Compare", "KPIs", "Versions", "Edit"]) {
      await page.getByRole("link", { name: view }).click();
      await page.waitForTimeout(300);
      await check(view);
    }
    await studio.ask("POST", "/files", { path: "copy.toml", name: "Copy", from: "program" });
    await page.goto(`${studio.origin}/#/edit?type=copy.toml`);
    await page.reload();
    await expect(element(page, "call:segment_analysis")).toBeVisible();
    await check("editing");
    expect(found).toEqual([]);
  });
}
