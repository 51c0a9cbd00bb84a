/**
 * Where `npm start` has its sets and prices from: a stand-in on this machine, unless the real addresses are set, as COINGECKO_URL
 * and REBRICKABLE_URL, with COINGECKO_API_KEY and REBRICKABLE_API_KEY beside them.
 */
import { varArgs } from "../wrangler.ts";
import { Outside } from "./server.ts";

/** Short, so that one sees prices live. */
const REFRESH = { COINGECKO_REFRESH_SECONDS: "15", REBRICKABLE_REFRESH_SECONDS: "3600" };

const FOR_REAL = {
  COINGECKO_URL: ["COINGECKO_URL", "COINGECKO_API_KEY", "COINGECKO_REFRESH_SECONDS"],
  REBRICKABLE_URL: ["REBRICKABLE_URL", "REBRICKABLE_API_KEY", "REBRICKABLE_REFRESH_SECONDS"],
} as const;

interface LocalOutside extends AsyncDisposable {
  /** Of `wrangler dev`. */
  args: string[];
  /** For whoever started it. */
  note: string;
}

export async function startOutside(env = process.env): Promise<LocalOutside> {
  const outside = await Outside.start();
  const local: Record<string, string> = { ...outside.vars, ...REFRESH };
  const vars = { ...local };
  for (const [address, names] of Object.entries(FOR_REAL)) {
    if (!env[address]) continue;
    for (const name of names) {
      delete vars[name];
      const value = env[name];
      if (value) vars[name] = value;
    }
  }
  const isLocal = vars["COINGECKO_URL"] === local["COINGECKO_URL"];
  const note = isLocal
    ? "The coins' prices are invented: they come from a stand-in for CoinGecko on this machine, and move as you watch.\n"
    : `The coins' prices come from ${env["COINGECKO_URL"]}.\n`;
  return { args: varArgs(vars), note, [Symbol.asyncDispose]: () => outside[Symbol.asyncDispose]() };
}
