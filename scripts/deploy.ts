/**
 * npm run deploy [-- --env NAME] [--dry-run]: puts Holdfast on Cloudflare, or upgrades it. docs/operating.md has the story.
 */
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { deploy } from "./deploy/run.ts";
import { Trouble } from "./deploy/trouble.ts";

const USAGE = "usage: npm run deploy -- [--env NAME] [--dry-run] [--url https://...] [--adopt]";

await runCommand(async (signal) => {
  const { values } = parseArgs({
    options: {
      env: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      url: { type: "string" },
      adopt: { type: "boolean", default: false },
      help: { type: "boolean" },
    },
  });
  if (values.help) throw new Error(USAGE);
  const { env: environment, "dry-run": dryRun, url, adopt } = values;
  try {
    await deploy({ environment, dryRun, url, adopt, signal, say: (line) => console.log(line) });
    return 0;
  } catch (error) {
    if (signal.aborted) {
      console.error("Stopped. Running it again goes on where it ended.");
      return 1;
    }
    if (!(error instanceof Trouble)) throw error;
    console.error(`\nFAILED: ${error.message}\n\nWhat to do: ${error.remedy}`);
    return 1;
  }
});
