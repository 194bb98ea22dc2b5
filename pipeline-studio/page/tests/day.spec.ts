import { create, element, expect, job, run, test } from "./studio";

test.use({ program: "toolbox" });

/** A day of use in a minute: after many runs the page uses as much memory as after some. */
test("a page that stays open does not leak memory", async ({ opened: page, studio }) => {
  await create(page, "busy");
  await run(page).click();
  await expect(job(page, "describe").getByText("completed")).toBeVisible();
  const session = await page.context().newCDPSession(page);
  const used = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes } = await session.send("Memory.getDOMCounters");
    return { heap: usedSize, nodes };
  };
  const work = async (from: number, to: number) => {
    for (let round = from; round < to; round += 1) {
      const { run: number } = await studio.ask<{ run: number }>("POST", "/scenarios/busy/runs", {
        inputs: { x: String(round % 7) },
      });
      await expect
        .poll(async () => (await studio.ask<{ status: string }>("GET", `/runs/${number}`)).status)
        .not.toBe("running");
      if (round % 20 === 0) {
        await element(page, "node:text").click();
        await page.keyboard.press("Escape");
      }
    }
    await page.waitForTimeout(1_000);
  };
  await work(0, 100);
  const before = await used();
  await work(100, 300);
  const after = await used();
  console.log(`after 100 runs ${JSON.stringify(before)}, after 300 ${JSON.stringify(after)}`);
  expect(after.heap).toBeLessThan(before.heap + 2_000_000);
  expect(after.nodes).toBeLessThan(before.nodes * 1.5 + 500);
});
