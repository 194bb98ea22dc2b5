import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "./studio";

/** Opens a page of another site in a browser that has the cookie, and tries to use the API from it. */
test("a page of another site reads nothing and changes nothing", async ({ opened: page, studio }) => {
  const target = studio.origin;
  const evil = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end(`<!doctype html><title>evil</title>
      <form id="form" method="post" enctype="text/plain" action="${target}/api/scenarios"><input name='{"name":"evil","x":"' value='"}'></form>
      <iframe id="frame" src="${target}/"></iframe><img id="image" src="${target}/api/graph.svg">`);
  });
  await new Promise<void>((done) => evil.listen(0, "127.0.0.1", done));
  const { port } = evil.address() as AddressInfo;
  // The same host with another port is the same site for cookies, but another origin for everything else.
  for (const site of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`]) {
    const attack = await page.context().newPage();
    await attack.goto(site);
    const outcome = await attack.evaluate(async (target) => {
      const results: string[] = [];
      const attempts: [string, RequestInit][] = [
        ["/api/project", { credentials: "include" }],
        ["/api/project", { credentials: "include", mode: "no-cors" }],
        ["/api/scenarios", { method: "POST", credentials: "include", mode: "no-cors", body: '{"name":"evil"}' }],
        [
          "/api/scenarios",
          {
            method: "POST",
            credentials: "include",
            headers: { "Content-Type": "application/json" },
            body: '{"name":"evil"}',
          },
        ],
        ["/api/links", { method: "POST", credentials: "include", mode: "no-cors" }],
        ["/api/scenarios/evil", { method: "DELETE", credentials: "include" }],
      ];
      for (const [path, options] of attempts) {
        try {
          const answer = await fetch(target + path, options);
          results.push(`${answer.type} ${await answer.text()}`);
        } catch (error) {
          results.push("refused");
        }
      }
      const events = new EventSource(`${target}/api/events`, { withCredentials: true });
      results.push(
        await new Promise<string>((done) => {
          events.onmessage = (event) => done(`received ${event.data}`);
          events.onerror = () => done("refused");
        }),
      );
      events.close();
      const image = document.getElementById("image") as HTMLImageElement;
      results.push(image.complete && image.naturalWidth > 0 ? "an image" : "refused");
      return results;
    }, target);
    expect(outcome.every((result) => result === "refused" || result === "opaque ")).toBe(true);
    await attack.evaluate(() => (document.getElementById("form") as HTMLFormElement).submit());
    await attack.waitForURL(`${target}/**`);
    expect(await attack.content()).not.toContain('"created_us"');
    await attack.close();
  }
  evil.close();
  expect((await studio.ask<{ total: number }>("GET", "/scenarios")).total).toBe(0);
});

test("a link works in one browser", async ({ browser, studio }) => {
  const link = await studio.serve();
  const first = await browser.newContext();
  const page = await first.newPage();
  await page.goto(link);
  await expect(page.getByText("toolbox").or(page.getByText("customer-analysis")).first()).toBeVisible();
  const second = await browser.newContext();
  const other = await second.newPage();
  const answer = await other.goto(link);
  expect(answer?.status()).toBe(401);
  await first.close();
  await second.close();
});
