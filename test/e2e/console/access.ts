/** What axe-core says of a page: nothing serious, and nothing critical, in light and in dark. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { CDPSession } from "playwright-core";
import { z } from "zod";
import type { Window } from "./window.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const IMPACTS = new Set(["serious", "critical"]);
/** What another theme can change. */
const BY_COLOUR = ["color-contrast", "link-in-text-block"];

const evaluated = z.object({
  result: z.object({ value: z.string().optional(), description: z.string().optional() }),
  exceptionDetails: z.unknown().optional(),
});
type Results = z.infer<typeof results>;
const results = z.object({
  passes: z.number(),
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

const sessions = new WeakMap<Window, CDPSession>();

/** All rules in the theme that is shown, and those of colour in the other one. Findings. */
export async function accessFindings(window: Window, state: string): Promise<string[]> {
  const { page } = window;
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  // What passed is counted, and not described.
  const rules = Object.fromEntries(BY_COLOUR.map((id) => [id, { enabled: window.look !== "forced" }]));
  const own = await run(window, { rules, resultTypes: ["violations"] });
  // Where colours are forced they are the reader's, which is not what axe-core reckons with.
  if (window.look === "forced") return findingsOf(state, own, "forced colours");
  await page.emulateMedia({ colorScheme: isDark ? "light" : "dark" });
  const other = await run(window, { runOnly: BY_COLOUR, resultTypes: ["violations"] });
  await page.emulateMedia({ colorScheme: isDark ? "dark" : "light" });
  const [theme, otherTheme] = isDark ? ["dark", "light"] : ["light", "dark"];
  return [...findingsOf(state, own, theme), ...findingsOf(state, other, otherTheme)];
}

function findingsOf(state: string, { passes, violations }: Results, theme: string): string[] {
  if (passes === 0) return [`axe, ${state}: no rule was passed, so none was run`];
  return violations
    .filter(({ impact }) => IMPACTS.has(impact ?? ""))
    .map(({ id, impact, nodes }) => {
      const [first] = nodes;
      const where = `${first?.html.slice(0, 200)} ${first?.failureSummary?.replaceAll(/\s+/g, " ")}`;
      return `axe, ${state}, ${theme}: ${id} (${impact}) at ${nodes.length} places: ${where}`;
    });
}

/** By the debugger, which the page's policy does not bind; the page itself may not be given a script. */
async function run(window: Window, options: object): Promise<Results> {
  const { page } = window;
  let session = sessions.get(window);
  if (!session) {
    session = await page.context().newCDPSession(page);
    sessions.set(window, session);
  }
  if ((await page.evaluate("typeof axe")) === "undefined")
    await session.send("Runtime.evaluate", { expression: `${AXE}; 0` });
  const expression = `(async () => {
    const { passes, violations } = await axe.run(document, ${JSON.stringify(options)});
    return JSON.stringify({ passes: passes.length, violations });
  })()`;
  const answer = evaluated.parse(
    await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }),
  );
  if (answer.exceptionDetails !== undefined || answer.result.value === undefined)
    throw new Error(`axe failed: ${JSON.stringify(answer)}`);
  return results.parse(JSON.parse(answer.result.value));
}
