import { expect, shot, test } from "./studio";

/** A scenario with a number of data nodes: a tenth are inputs, and tasks mostly read nearby nodes. Deterministic. */
function scenario(nodes: number): string {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const inputs = Math.max(2, Math.floor(nodes / 10));
  const names: string[] = [];
  const lines = [`name = "Nodes${nodes}"`, `doc = "A scenario of ${nodes} data nodes."`, ""];
  for (let index = 0; index < inputs; index += 1) {
    names.push(`input_${index}`);
    lines.push(`[inputs.input_${index}]`, `type = "f64"`, `default = ${random(99)}.5`, "allow_unused = true", "");
  }
  const kinds = [
    ["add", 2],
    ["scale", 2],
    ["mean", 3],
  ] as const;
  while (names.length < nodes) {
    const [task, count] = kinds[random(3)] ?? kinds[0];
    const near = names.slice(-Math.max(8, inputs));
    const read = Array.from({ length: count }, () =>
      random(10) > 0 ? near[random(near.length)] : names[random(names.length)],
    );
    const output = `${task}_${names.length}`;
    lines.push("[[tasks]]", `function = "${task}"`, `arguments = [${read.map((name) => `"${name}"`).join(", ")}]`);
    lines.push(`outputs = "${output}"`, "allow_unused = true", "");
    names.push(output);
  }
  return lines.join("\n");
}

const SIZES = [5, 50, 500];

test.use({
  program: "toolbox",
  files: Object.fromEntries(SIZES.map((size) => [`nodes-${size}.toml`, scenario(size)])),
});

for (const scheme of ["light", "dark"] as const) {
  test(`5, 50 and 500 nodes are readable, ${scheme}`, async ({ opened: page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    for (const size of SIZES) {
      await page.goto(`${new URL(page.url()).origin}/#/graph?type=nodes-${size}.toml`);
      await page.reload();
      // Of a large graph, only the visible part is rendered.
      await expect(page.locator('[data-id^="node:"]').first()).toBeAttached();
      await page.waitForTimeout(1_000);
      await shot(page, `nodes-${size}-${scheme}`);
    }
  });
}

// Prints a benchmark for people to read. The test only asserts that a time was measured.
test("the first picture of 500 nodes is measured", async ({ opened: page, studio }) => {
  const times: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    await page.goto("about:blank");
    await page.goto(`${studio.origin}/#/graph?type=nodes-500.toml`, { waitUntil: "commit" });
    await page.waitForFunction(() => document.querySelectorAll("[data-id^='node:']").length > 0);
    // The time from the start of the navigation until the graph was painted.
    times.push(
      await page.evaluate(
        () => new Promise<number>((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now())))),
      ),
    );
  }
  times.sort((one, other) => one - other);
  const all = times.map((time) => Math.round(time));
  console.log(`the first picture of 500 nodes: median ${all[3]} ms, of ${all.join(", ")}`);
  expect(all.every((time) => time > 0)).toBe(true);
});
