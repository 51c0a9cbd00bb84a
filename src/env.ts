/** The only reader of bindings and variables. */
import * as z from "zod";
import { MAX_LEDGER_SHARDS } from "./limits";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

const variables = z
  .object({
    ENVIRONMENT: z.string().default("production"),
    KEY_ID_SECRET: z.string().default(""),
    API_KEYS: z.string().default(""),
    ADMIN_API_KEYS: z.string().default(""),
    PUBLIC_CATALOG_READS: z.stringbool().default(false),
    IDEMPOTENCY_RETENTION_HOURS: z.coerce.number().positive().default(24),
    DEFAULT_CURRENCY: z
      .string()
      .regex(/^[A-Z]{3,10}$/)
      .default("USD"),
    EVENT_RETENTION_DAYS: z.coerce.number().nonnegative().default(365),
    WEBHOOK_ALLOW_LOCALHOST: z.stringbool().default(false),
    LEDGER_SHARDS: z.coerce.number().int().min(1).max(MAX_LEDGER_SHARDS).default(1),
    LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
    METRICS_KEY: z.string().default(""),
    OTLP_ENDPOINT: z.union([z.literal(""), z.url()]).default(""),
    OTLP_HEADERS: z.string().default(""),
  })
  .transform((parsed) => ({
    /** Short keys are taken, as `npm start` has them. */
    isDevelopment: parsed.ENVIRONMENT === "development",
    /** Key ids are made with it, so that they reveal nothing of the keys. Else they change whenever the admin keys do. */
    keyIdSecret: parsed.KEY_ID_SECRET || parsed.ADMIN_API_KEYS,
    apiKeys: parsed.API_KEYS,
    adminApiKeys: parsed.ADMIN_API_KEYS,
    publicCatalogReads: parsed.PUBLIC_CATALOG_READS,
    idempotencyRetentionMs: parsed.IDEMPOTENCY_RETENTION_HOURS * 3_600_000,
    defaultCurrency: parsed.DEFAULT_CURRENCY,
    /** null: events are kept for ever. */
    eventRetentionMs: parsed.EVENT_RETENTION_DAYS === 0 ? null : parsed.EVENT_RETENTION_DAYS * 24 * 3_600_000,
    webhookAllowsLocalhost: parsed.WEBHOOK_ALLOW_LOCALHOST,
    /** Objects that write the book between them. */
    ledgerShards: parsed.LEDGER_SHARDS,
    logLevel: parsed.LOG_LEVEL,
    /** Reads `/metrics` and nothing else; empty: only admins do. */
    metricsKey: parsed.METRICS_KEY,
    /** Where metrics are exported to; empty: nowhere. */
    otlpEndpoint: parsed.OTLP_ENDPOINT,
    otlpHeaders: parsed.OTLP_HEADERS,
  }));

export type Config = z.output<typeof variables>;

const configByEnv = new WeakMap<object, Config>();

/** Throws when a variable has a value that cannot be meant: better no start than a silent default. */
export function readConfig(env: Env): Config {
  const known = configByEnv.get(env);
  if (known) return known;
  const config = variables.parse(env);
  configByEnv.set(env, config);
  return config;
}

/** Events of that time and later are kept. */
export function eventsKeptSince({ eventRetentionMs }: Config, nowMs: number): number {
  return eventRetentionMs === null ? 0 : nowMs - eventRetentionMs;
}
