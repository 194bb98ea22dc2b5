import AxeBuilder from "@axe-core/playwright";
import { create, element, expect, job, run, test } from "./studio";

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds no serious fault, ${scheme}`, async ({ opened: page, studio }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const found: string[] = [];
    const look = async (where: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const fault of violations.filter((one) => one.impact === "serious" || one.impact === "critical")) {
        found.push(
          `${where}: ${fault.id}, ${fault.help}: ${fault.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
        );
      }
    };
    await look("nothing there yet");
    await create(page, "baseline");
    await run(page).click();
    await expect(job(page, "high_value_cust_summary_statistics").getByText("completed")).toBeVisible();
    await look("after a run");
    await element(page, "node:scored_df").click();
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      await page.waitForTimeout(200);
      await look(`details, ${await tab.textContent()}`);
    }
    await element(page, "call:segment_analysis").click();
    await look("a task");
    await page.getByRole("button", { name: "Duplicate" }).click();
    await look("a dialog");
    await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
    for (const view of ["Runs", "Compare", "KPIs", "Versions", "Edit"]) {
      await page.getByRole("link", { name: view }).click();
      await page.waitForTimeout(300);
      await look(view);
    }
    await studio.ask("POST", "/files", { path: "copy.toml", name: "Copy", from: "program" });
    await page.goto(`${studio.origin}/#/edit?type=copy.toml`);
    await page.reload();
    await expect(element(page, "call:segment_analysis")).toBeVisible();
    await look("editing");
    expect(found).toEqual([]);
  });
}
