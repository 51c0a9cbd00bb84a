/**
 * The steps of a deploy, in their order: check, provision, own the book, migrate, upload with what secrets are missing, look
 * whether it answers. Each finds out what is done already, so that after a failure or Ctrl-C the same again goes on, and the
 * same on a Worker that is there is an upgrade. The book is migrated first: old code reads a newer book, new code refuses
 * an older one.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errorText } from "../command.ts";
import { PROJECT_DIRECTORY, runWrangler } from "../wrangler.ts";
import * as check from "./check.ts";
import { deploymentOf, readProjectFile, type Deployment, type Store } from "./deployment.ts";
import { claimBook, foreignBook, readBook, type BookState } from "./owner.ts";
import { smokeTest } from "./smoke.ts";
import { orElse, Trouble } from "./trouble.ts";

const PATIENCE_MS = 180_000;
const AGAIN = "Run it again: it goes on where it ended.";
const OLD_STAYS = "Nothing was uploaded: what ran before goes on. Run it again when this is mended.";
const NOTHING_KNOWN: BookState = { owner: undefined, applied: new Set() };

export interface DeployOptions {
  /** production unless said. */
  environment?: string | undefined;
  /** Nothing is made or changed. */
  dryRun?: boolean;
  /** The book is taken, whoever had it. */
  adopt?: boolean;
  /** Where the Worker is reached, if not where wrangler says. */
  url?: string | undefined;
  /** How long it may take until it answers. */
  patienceMs?: number;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Of the API's errors. */
const LIMITS_ARE_PAID = "code: 100328";
const STORES = { d1: "database", kv: "KV namespace", r2: "bucket" };

type Ids = Map<string, string>;

/** Throws `Trouble`. */
export async function deploy(options: DeployOptions): Promise<void> {
  const { dryRun = false, say, signal } = options;
  const deployment = deploymentOf(readProjectFile(), options.environment);
  say(`${deployment.name} (${deployment.environment})${dryRun ? ", dry run: nothing is changed" : ""}`);
  const count = check.checkSettings(deployment);
  say(`check      ${count} settings of wrangler.toml are valid`);
  const account = await check.findAccount(deployment, signal);
  if (!account) {
    if (!dryRun) throw check.notLoggedIn();
    say("           nobody is logged in: as for an account that has nothing yet");
  } else {
    const known = account.deployed ? "is there: an upgrade" : "is not there yet";
    say(`           account ${account.id}; the Worker ${deployment.name} ${known}`);
    check.requireOwnWorker(account, deployment);
    await check.requireAddress(account, deployment);
  }
  const secrets = check.newSecrets(deployment, account?.deployed);
  const steps = new Steps(deployment, account, options);
  const ids = await steps.provision();
  const book = await steps.own(ids);
  const place = placeOf(deployment);
  try {
    writeFileSync(place.configuration, JSON.stringify(deployment.configuration(ids), undefined, 2));
    await steps.migrate(place, book);
    await steps.upload(place, secrets);
  } finally {
    rmSync(place.directory, { recursive: true, force: true });
  }
}

interface Place {
  directory: string;
  /** wrangler's. */
  configuration: string;
}

/** What wrangler reads; secrets are in it while it does. One that was killed has left nothing once this is done. */
function placeOf({ name }: Deployment): Place {
  const directory = join(PROJECT_DIRECTORY, ".wrangler", `deploy-${name}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { directory, configuration: join(directory, "wrangler.json") };
}

class Steps {
  readonly deployment: Deployment;
  readonly account: check.Account | undefined;
  readonly options: DeployOptions;

  constructor(deployment: Deployment, account: check.Account | undefined, options: DeployOptions) {
    this.deployment = deployment;
    this.account = account;
    this.options = options;
  }

  /** The databases and namespaces, by binding: as wrangler.toml says, as they are bound, as they are called, or made. */
  async provision(): Promise<Ids> {
    const ids: Ids = new Map();
    for (const store of this.deployment.stores) {
      const { id, note } = await orElse(AGAIN, () => this.#provide(store));
      if (id !== undefined) ids.set(store.binding, id);
      this.options.say(`provision  ${store.binding}: ${note}`);
    }
    return ids;
  }

  async #provide(store: Store): Promise<{ id?: string; note: string }> {
    const what = `${STORES[store.kind]} ${store.name}`;
    if (store.id) return { id: store.id, note: `${store.id}, as wrangler.toml says` };
    const bound = this.account?.deployed?.idByBinding.get(store.binding);
    if (bound) return { id: bound, note: `${bound}, as before` };
    const there = await this.account?.platform.find(this.account.id, store);
    if (there) return { id: there, note: `${what} is there` };
    if (!this.account || this.options.dryRun) return { note: `${what} would be made` };
    return { id: await this.account.platform.make(this.account.id, store), note: `${what} made` };
  }

  /** The book becomes this deployment's. Throws when it is another's. */
  async own(ids: Ids): Promise<BookState> {
    const { account, deployment, options } = this;
    const databaseId = ids.get("BOOK");
    if (!account || databaseId === undefined) return NOTHING_KNOWN;
    const book = { platform: account.platform, accountId: account.id, databaseId };
    return orElse(AGAIN, async () => {
      const state = await readBook(book);
      const isBound = account.deployed?.idByBinding.get("BOOK") === databaseId;
      refuse(options.adopt ? undefined : foreignBook(state, deployment, isBound));
      if (options.dryRun) return state;
      const claimed = await claimBook(book, deployment, options.adopt === true);
      refuse(foreignBook(claimed, deployment, true));
      options.say(`book       belongs to ${deployment.name} (${deployment.environment})`);
      return claimed;
    });
  }

  async migrate(place: Place, { applied }: BookState): Promise<void> {
    const { dryRun, say, signal } = this.options;
    const files = readdirSync(this.deployment.migrationsDirectory).filter((name) => name.endsWith(".sql"));
    const waiting = files.filter((name) => !applied.has(name)).toSorted();
    const list = waiting.join(", ") || "none is new";
    if (!dryRun && waiting.length > 0) {
      const args = ["d1", "migrations", "apply", "BOOK", "--remote", "--config", place.configuration];
      await orElse(OLD_STAYS, () => runWrangler(args, { signal, env: this.#env() }));
    }
    say(`migrate    ${dryRun ? "would apply: " : ""}${list}`);
  }

  async upload(place: Place, secrets: check.NewSecrets): Promise<void> {
    const { dryRun, say, signal } = this.options;
    const isFirst = Object.keys(secrets.values).length > 0;
    if (isFirst) this.#tell(secrets);
    const args = ["deploy", "--config", place.configuration];
    const output = join(place.directory, "output.ndjson");
    const env = { ...this.#env(), WRANGLER_OUTPUT_FILE_PATH: output };
    if (dryRun) {
      const printed = await orElse(AGAIN, () => runWrangler([...args, "--dry-run"], { signal, env }));
      say(`deploy     would upload: ${/Total Upload.*/.exec(printed)?.[0] ?? "the Worker"}`);
      return;
    }
    if (isFirst) {
      const file = join(place.directory, "secrets.json");
      writeFileSync(file, JSON.stringify(secrets.values), { mode: 0o600 });
      args.push("--secrets-file", file);
    }
    await orElse(AGAIN, () => this.#uploadOn(place, () => runWrangler(args, { signal, env })));
    const url = this.options.url ?? addressIn(output);
    say(`deploy     uploaded, at ${url}`);
    const key = secrets.values["ADMIN_API_KEYS"] ?? process.env["ADMIN_KEY"];
    const patienceMs = this.options.patienceMs ?? PATIENCE_MS;
    say(
      `look       ${await orElse(AGAIN, () => smokeTest({ url, key: firstKey(key), patienceMs, signal }))}`,
    );
  }

  /** The free plan refuses a Worker that sets limits of its own, and has no others to set. */
  async #uploadOn(place: Place, upload: () => Promise<string>): Promise<void> {
    try {
      await upload();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(LIMITS_ARE_PAID)) throw error;
      this.options.say(
        "           the account has the free plan: without [limits], so imports and bulk requests end early",
      );
      const { limits: _, ...rest } = configuration.parse(
        JSON.parse(readFileSync(place.configuration, "utf8")),
      );
      writeFileSync(place.configuration, JSON.stringify(rest));
      await upload();
    }
  }

  /** Before the upload: whatever becomes of that, they are not lost. The last ones that were shown are those that hold. */
  #tell({ values, made }: check.NewSecrets): void {
    const { dryRun, say } = this.options;
    const taken = Object.keys(values).filter((name) => !made.includes(name));
    if (taken.length > 0) say(`secrets    from the environment: ${taken.join(", ")}`);
    if (made.length === 0) return;
    if (dryRun) return say(`secrets    would be made and shown once: ${made.join(", ")}`);
    say("secrets    made now, shown this once, kept nowhere else; they hold as soon as the upload is done:");
    for (const name of made) say(`             ${name}=${values[name]}`);
  }

  #env(): Record<string, string> {
    // A log of its own would outlive it on this disk.
    const quiet = { WRANGLER_WRITE_LOGS: "false", WRANGLER_LOG_SANITIZE: "true" };
    return this.account ? { ...quiet, CLOUDFLARE_ACCOUNT_ID: this.account.id } : quiet;
  }
}

function refuse(reason: string | undefined): void {
  if (reason === undefined) return;
  throw new Trouble(
    `The book is not this deployment's: ${reason}. Nothing was changed.`,
    "Two Workers on one book would destroy it. If the other one is gone for good, say so with --adopt.",
  );
}

const configuration = z.looseObject({ limits: z.unknown().optional() });
const uploaded = z.object({ type: z.literal("deploy"), targets: z.array(z.string()) });

/** The Worker's address, by what wrangler writes of the deploy. */
function addressIn(output: string): string {
  try {
    const lines = readFileSync(output, "utf8").trim().split("\n");
    const [target] = lines.flatMap((line) => uploaded.safeParse(JSON.parse(line)).data?.targets ?? []);
    if (target) return (target.includes("://") ? target : `https://${target}`).replace(/\/\*?$/, "");
  } catch (error) {
    throw new Trouble(
      `It is uploaded, but its address is not known: ${errorText(error)}`,
      "Give it with --url.",
    );
  }
  throw new Trouble(
    "It is uploaded, but it has no address.",
    "Give it a route, or say where it is with --url.",
  );
}

/** Of `key, key=scope scope`. */
function firstKey(list: string | undefined): string | undefined {
  return list
    ?.split(",")[0]
    ?.replace(/=[^=]+$/, "")
    .trim();
}
