/** Before anything is touched: the settings, who is logged in, which account, what is there, where secrets come from. */
import { randomBytes } from "node:crypto";
import { InvalidSettings, parseSettings } from "../../src/env.ts";
import type { Deployment } from "./deployment.ts";
import { Platform, PlatformError, type Deployed } from "./platform.ts";
import { orElse, Trouble } from "./trouble.ts";

const LOGIN =
  "npm run wrangler -- login, or set CLOUDFLARE_API_TOKEN to a token that may edit Workers Scripts, D1, Workers KV Storage and Workers R2 Storage";
const TRY_AGAIN = "Run it again. If it stays so, look at https://www.cloudflarestatus.com";
const SECRET_BYTES = 24;

export interface Account {
  platform: Platform;
  id: string;
  /** undefined: there is no Worker of that name yet. */
  deployed: Deployed | undefined;
}

/** Answers how many there are. */
export function checkSettings({ vars }: Deployment): number {
  const found = parseSettings(vars);
  if (found instanceof InvalidSettings) throw new Trouble(found.message, "Correct them in wrangler.toml.");
  return Object.keys(vars).length;
}

/** undefined: nobody is logged in. */
export async function findAccount(deployment: Deployment, signal: AbortSignal): Promise<Account | undefined> {
  const platform = await Platform.logIn(signal);
  if (!platform) return undefined;
  return orElse(TRY_AGAIN, async () => {
    const id = process.env["CLOUDFLARE_ACCOUNT_ID"] ?? deployment.accountId ?? (await onlyAccount(platform));
    return { platform, id, deployed: await platform.worker(id, deployment.name).catch(refused) };
  });
}

export function notLoggedIn(): Trouble {
  return new Trouble("Nobody is logged in at Cloudflare.", LOGIN);
}

async function onlyAccount(platform: Platform): Promise<string> {
  const accounts = await platform.accounts().catch(refused);
  const [first, second] = accounts;
  if (first && !second) return first.id;
  const list = accounts.map(({ id, name }) => `${id} (${name})`).join(", ");
  throw new Trouble(
    first ? `There are several accounts: ${list}.` : "The login has no account, or may not list it.",
    "Set CLOUDFLARE_ACCOUNT_ID to the one that is meant.",
  );
}

function refused(error: unknown): never {
  const isRefusal = error instanceof PlatformError && [400, 401, 403].includes(error.status);
  throw isRefusal ? new Trouble(`The login is not accepted. ${error.message}`, LOGIN) : error;
}

/** A Worker that has the same name by chance would be overwritten. */
export function requireOwnWorker({ deployed }: Account, { name }: Deployment): void {
  if (deployed?.isHoldfast !== false) return;
  throw new Trouble(
    `There is a Worker ${name} in this account that is no Holdfast.`,
    "Give this one another name, in the first line of wrangler.toml.",
  );
}

/** On a fresh account nobody has chosen its name under workers.dev yet, and wrangler could not ask. */
export async function requireAddress({ platform, id }: Account, { hasRoutes }: Deployment): Promise<void> {
  if (hasRoutes || !(await orElse(TRY_AGAIN, () => platform.lacksSubdomain(id)))) return;
  throw new Trouble(
    "The account has no name under workers.dev yet.",
    `Choose one at https://dash.cloudflare.com/${id}/workers/onboarding`,
  );
}

/** Secrets that the Worker lacks, by name. `made`: at random, so that they must be shown. */
export interface NewSecrets {
  values: Record<string, string>;
  made: string[];
}

/** Those of the environment are taken where the Worker has none; what it has is left alone. */
export function newSecrets({ secretNames }: Deployment, deployed: Deployed | undefined): NewSecrets {
  const missing = secretNames.filter((name) => !deployed?.secretNames.has(name));
  const made = missing.filter((name) => !process.env[name]);
  const isLogged = Boolean(process.env["CI"] ?? process.env["WORKERS_CI"]);
  if (isLogged && made.length > 0)
    throw new Trouble(
      `The Worker lacks the secrets ${made.join(", ")}. They are not made here, where a log would keep them.`,
      "Set them as secrets of the Worker or in the environment of this command, or deploy the first time from a terminal.",
    );
  const valueOf = (name: string) => process.env[name] || randomBytes(SECRET_BYTES).toString("base64url");
  return { values: Object.fromEntries(missing.map((name) => [name, valueOf(name)])), made };
}
