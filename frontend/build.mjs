// Builds src/pushforward/page/app.js and app.css; the first line of each holds a hash of all that went in.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "pushforward", "page");
const files = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(here, join(entry.parentPath, entry.name)).split(sep).join("/"));
files.push("build.mjs", "package.json", "package-lock.json", "tsconfig.json");

const hash = createHash("sha256");
for (const file of files.sort((a, b) => (a < b ? -1 : 1))) {
  hash.update(`${file}\n`);
  hash.update(readFileSync(join(here, file)));
}
const head = `pushforward's explorer, made by \`make ui\` from frontend/. sources: sha256-${hash.digest("hex")}`;

const shared = { bundle: true, minify: true, write: false, legalComments: "none", target: "es2022", charset: "utf8" };
const code = await build({
  ...shared,
  entryPoints: [join(here, "src", "main.tsx")],
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
});
const style = await build({ ...shared, entryPoints: [join(here, "src", "app.css")] });
// "</script" inside an inline script would end it.
const script = code.outputFiles[0].text.replaceAll("</script", "<\\/script");
writeFileSync(join(out, "app.js"), `/* ${head} */\n${script}`);
writeFileSync(join(out, "app.css"), `/* ${head} */\n${style.outputFiles[0].text}`);
console.log(`app.js ${(script.length / 1000).toFixed(1)} kB, app.css ${(style.outputFiles[0].text.length / 1000).toFixed(1)} kB`);
