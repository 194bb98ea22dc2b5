import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server embeds the files by name, so their names must not contain a hash.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        entryFileNames: "assets/studio.js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/studio[extname]",
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8173" } },
});
