/** The console's icons as one file: a symbol for each, drawn by whoever uses it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ICONS } from "../../src/console/icons.ts";

export function spriteOf(iconDirectory: string): string {
  const symbols = ICONS.map((name) => {
    const svg = readFileSync(join(iconDirectory, `${name}.svg`), "utf8");
    const [, drawing] = /<svg[^>]*>(.*)<\/svg>/s.exec(svg) ?? [];
    if (drawing === undefined) throw new Error(`${name}.svg is no icon`);
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replaceAll(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}
