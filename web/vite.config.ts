import { defineConfig } from "vite";

// Built by hatch_build.py into the package; no source maps in the wheel, nothing inlined as data:.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/corridors/app/assets",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    sourcemap: false,
    target: "es2022",
    modulePreload: { polyfill: false },
  },
});
