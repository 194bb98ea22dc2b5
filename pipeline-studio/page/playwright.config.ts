import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// The tests start real programs. STUDIO_PROGRAMS is the folder of the programs that cargo built, STUDIO_PROJECT the
// repository.
export default defineConfig({
  testDir: "tests",
  outputDir: join(tmpdir(), "studio-test-results"),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1,
  forbidOnly: process.env["CI"] !== undefined,
  reporter: "line",
  use: {
    screenshot: "only-on-failure",
    actionTimeout: 10_000,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env["STUDIO_BROWSER"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking"],
    },
  },
});
