/**
 * What a deployment consists of: its name, its databases and KV namespaces, and the configuration that wrangler gets. Made
 * of wrangler.toml; an environment takes its code and settings from there, and nothing else: everything that keeps data
 * has the deployment's own name.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { z } from "zod";
import { PROJECT_DIRECTORY } from "../wrangler.ts";

const database = z.looseObject({
  binding: z.string(),
  database_name: z.string(),
  database_id: z.string().optional(),
  migrations_dir: z.string().optional(),
});
const namespace = z.looseObject({ binding: z.string(), id: z.string().optional() });
const bucket = z.looseObject({ binding: z.string(), bucket_name: z.string() });
const vars = z.record(z.string(), z.string());

const overrides = z.looseObject({ name: z.string().optional(), vars: vars.default({}) });

const file = z.looseObject({
  name: z.string(),
  main: z.string(),
  account_id: z.string().optional(),
  assets: z.looseObject({ directory: z.string() }),
  build: z.looseObject({ command: z.string() }),
  alias: z.record(z.string(), z.string()),
  d1_databases: z.array(database),
  kv_namespaces: z.array(namespace),
  r2_buckets: z.array(bucket).default([]),
  ratelimits: z.array(z.looseObject({ namespace_id: z.string() })).default([]),
  durable_objects: z.object({ bindings: z.array(z.looseObject({ name: z.string() })) }),
  vars,
  secrets: z.object({ required: z.array(z.string()) }),
  env: z.record(z.string(), overrides).default({}),
});

/** Places that only one deployment can have. */
const ROUTING = ["route", "routes", "workers_dev"];
/** What wrangler.toml may have beside these could be shared by two deployments without anybody noticing. */
const KEPT_APART = new Set([
  ...Object.keys(file.shape),
  ...ROUTING,
  "compatibility_date",
  "compatibility_flags",
  "keep_names",
  "limits",
  "migrations",
  "minify",
  "observability",
  "placement",
  "send_metrics",
  "triggers",
  "upload_source_maps",
]);

const ENVIRONMENT_NAME = /^[a-z][a-z0-9-]{0,30}$/;
const PRODUCTION = "production";

type ProjectFile = z.output<typeof file>;
type Stored = Pick<ProjectFile, "name" | "d1_databases" | "kv_namespaces" | "r2_buckets">;

/** A database, a KV namespace or an R2 bucket, whose id is its name. The id: wrangler.toml names one. */
export interface Store {
  kind: "d1" | "kv" | "r2";
  binding: string;
  name: string;
  id: string | undefined;
}

export interface Deployment {
  /** Of the Worker. */
  name: string;
  environment: string;
  accountId: string | undefined;
  vars: Record<string, string>;
  secretNames: string[];
  stores: Store[];
  migrationsDirectory: string;
  /** It is reached under names of its owner's, and needs none under workers.dev. */
  hasRoutes: boolean;
  /** wrangler's configuration, with the stores under their ids. */
  configuration(idByBinding: ReadonlyMap<string, string>): object;
}

export function readProjectFile(): ProjectFile {
  return file.parse(readRawConfig({ config: join(PROJECT_DIRECTORY, "wrangler.toml") }).rawConfig);
}

/** Throws when the environment cannot be kept apart from the others. */
export function deploymentOf(project: ProjectFile, environment = PRODUCTION): Deployment {
  const isOwn = environment === PRODUCTION;
  if (!ENVIRONMENT_NAME.test(environment))
    throw new Error(`${environment} is no name of an environment: small letters, digits and dashes`);
  const { env, ...base } = project;
  const own = overrides.parse(isOwn ? {} : (env[environment] ?? {}));
  const unknown = Object.keys({ ...base, ...own }).filter((key) => !KEPT_APART.has(key));
  if (!isOwn && unknown.length > 0)
    throw new Error(
      `wrangler.toml has ${unknown.join(", ")}, which this script cannot keep apart for ${environment}`,
    );
  const name = isOwn ? base.name : (own.name ?? `${base.name}-${environment}`);
  const stores = storesOf(base, isOwn ? undefined : name);
  const merged = { ...base.vars, ...own.vars };
  const shared = Object.entries(base).filter(([key]) => isOwn || !ROUTING.includes(key));
  return {
    name,
    environment,
    accountId: base.account_id,
    vars: merged,
    secretNames: base.secrets.required,
    stores,
    migrationsDirectory: inProject(base.d1_databases.find((one) => one.migrations_dir)?.migrations_dir ?? ""),
    hasRoutes: ["route", "routes"].some((key) => key in own || (isOwn && key in base)),
    configuration: (idByBinding) => ({
      ...Object.fromEntries(shared),
      ...own,
      name,
      main: inProject(base.main),
      assets: { ...base.assets, directory: inProject(base.assets.directory) },
      build: { command: base.build.command, cwd: PROJECT_DIRECTORY },
      alias: Object.fromEntries(Object.entries(base.alias).map(([from, to]) => [from, inProject(to)])),
      d1_databases: base.d1_databases.map((one) => ({
        ...one,
        database_name: nameOf(stores, one.binding),
        database_id: idByBinding.get(one.binding),
        ...(one.migrations_dir !== undefined && { migrations_dir: inProject(one.migrations_dir) }),
      })),
      r2_buckets: base.r2_buckets.map((one) => ({ ...one, bucket_name: nameOf(stores, one.binding) })),
      kv_namespaces: base.kv_namespaces.map((one) => ({ ...one, id: idByBinding.get(one.binding) })),
      ratelimits: base.ratelimits.map((one) => ({
        ...one,
        namespace_id: isOwn ? one.namespace_id : rateLimitId(name),
      })),
      vars: merged,
    }),
  };
}

/** Rate limits are the account's, by number: each environment counts by itself. */
function rateLimitId(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return String(100_000 + (digest.readUInt32BE() % 1_000_000_000));
}

/** `ownName`: of an environment, which never takes a name or an id that stands in wrangler.toml. */
function storesOf(project: Stored, ownName?: string): Store[] {
  const { name, d1_databases: databases, kv_namespaces: namespaces } = project;
  const named = (worker: string, binding: string) => `${worker}-${binding.toLowerCase()}`;
  const d1 = databases.map((one) => ({
    kind: "d1" as const,
    binding: one.binding,
    name: ownName === undefined ? one.database_name : named(ownName, one.binding),
    id: ownName === undefined ? one.database_id : undefined,
  }));
  const kv = namespaces.map((one) => ({
    kind: "kv" as const,
    binding: one.binding,
    name: named(ownName ?? name, one.binding),
    id: ownName === undefined ? one.id : undefined,
  }));
  const r2 = project.r2_buckets.map((one) => ({
    kind: "r2" as const,
    binding: one.binding,
    name: ownName === undefined ? one.bucket_name : named(ownName, one.binding),
    id: undefined,
  }));
  return [...d1, ...kv, ...r2];
}

function nameOf(stores: readonly Store[], binding: string): string | undefined {
  return stores.find((store) => store.binding === binding)?.name;
}

function inProject(path: string): string {
  return join(PROJECT_DIRECTORY, path);
}
