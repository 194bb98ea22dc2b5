import { defineConfig } from "@playwright/test";

// Tests start the real programs: STUDIO_PROGRAMS is the folder that cargo built them in, STUDIO_PROJECT the project's.
export default defineConfig({
  testDir: "tests",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1,
  forbidOnly: process.env["CI"] !== undefined,
  reporter: "line",
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env["STUDIO_BROWSER"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking"],
    },
  },
});
