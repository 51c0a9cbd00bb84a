/** The only reader of bindings and variables. It imports nothing of the platform, so that `npm run deploy` reads with it too. */
import * as z from "zod";
import { DEFAULT_HOLD_TTL_SECONDS, MAX_HOLD_TTL_SECONDS, MAX_LEDGER_SHARDS } from "./limits.ts";

const URL_EXPECTED = "expected an http or https address, or nothing";
/** The platform's regions for objects: a hint is not a promise. */
const LOCATION_HINTS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;
const HINT_EXPECTED = `expected one of ${LOCATION_HINTS.join(", ")}, or nothing`;

/** No slash at its end; empty: there is no such source. */
const sourceUrl = z
  .union([z.literal(""), z.url({ protocol: /^https?$/, error: URL_EXPECTED })])
  .default("")
  .transform((url) => url.replace(/\/+$/, ""));
const requestsPerMinute = z.coerce.number().int().min(1);
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export const variables = z
  .object({
    ENVIRONMENT: z.string().default("production"),
    KEY_ID_SECRET: z.string().default(""),
    API_KEYS: z.string().default(""),
    ADMIN_API_KEYS: z.string().default(""),
    PUBLIC_CATALOG_READS: z.stringbool().default(false),
    IDEMPOTENCY_RETENTION_HOURS: z.coerce.number().positive().default(24),
    RESERVATION_TTL_SECONDS: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_HOLD_TTL_SECONDS)
      .default(DEFAULT_HOLD_TTL_SECONDS),
    PRODUCT_LOCATION_HINT: z
      .union([z.literal(""), z.enum(LOCATION_HINTS)], { error: HINT_EXPECTED })
      .default(""),
    DEFAULT_CURRENCY: z
      .string()
      .regex(/^[A-Z]{3,10}$/)
      .default("USD"),
    EVENT_RETENTION_DAYS: z.coerce.number().nonnegative().default(365),
    EVENT_ARCHIVE: z.stringbool().default(false),
    EVENT_BOOK_MAX: z.coerce.number().int().nonnegative().default(0),
    WEBHOOK_ALLOW_LOCALHOST: z.stringbool().default(false),
    CORS_ORIGINS: z
      .string()
      .default("")
      .transform((list) => list.split(",").flatMap((one) => one.trim() || []))
      .refine((origins) => origins.every((one) => one === "*" || isOrigin(one)), "must be origins"),
    MAX_HOLDS_PER_KEY: z.coerce.number().int().nonnegative().default(10_000),
    LEDGER_SHARDS: z.coerce.number().int().min(1).max(MAX_LEDGER_SHARDS).default(1),
    COINGECKO_URL: sourceUrl,
    COINGECKO_API_KEY: z.string().default(""),
    COINGECKO_REFRESH_SECONDS: z.coerce.number().int().min(1).default(300),
    REBRICKABLE_URL: sourceUrl,
    REBRICKABLE_API_KEY: z.string().default(""),
    REBRICKABLE_REFRESH_SECONDS: z.coerce.number().int().min(1).default(86_400),
    RATE_LIMIT_ENABLED: z.stringbool().optional(),
    RATE_LIMIT_TYPE: z.enum(["ip", "global", "both"]).default("ip"),
    RATE_LIMIT_REQUESTS_PER_MINUTE: requestsPerMinute.default(6000),
    RATE_LIMIT_TOTAL_REQUESTS_PER_MINUTE: requestsPerMinute.default(60_000),
    RATE_LIMIT_ADMIN_REQUESTS_PER_MINUTE: requestsPerMinute.default(300),
    LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
    METRICS_KEY: z.string().default(""),
    OTLP_ENDPOINT: z.union([z.literal(""), z.url()], { error: "must be a URL" }).default(""),
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
    /** Of a hold that names none. */
    holdTtlSeconds: parsed.RESERVATION_TTL_SECONDS,
    /** Where product objects are made; undefined: near whoever asks first. */
    productPlacement: parsed.PRODUCT_LOCATION_HINT
      ? { locationHint: parsed.PRODUCT_LOCATION_HINT }
      : undefined,
    defaultCurrency: parsed.DEFAULT_CURRENCY,
    /** null: events are kept for ever. */
    eventRetentionMs: parsed.EVENT_RETENTION_DAYS === 0 ? null : parsed.EVENT_RETENTION_DAYS * 24 * 3_600_000,
    /** Events that leave the book go to files. */
    eventArchive: parsed.EVENT_ARCHIVE,
    /** null: as many as there are. */
    eventBookMax: parsed.EVENT_BOOK_MAX || null,
    webhookAllowsLocalhost: parsed.WEBHOOK_ALLOW_LOCALHOST,
    /** Pages of these may call with any key that has no origins of its own; `*`: of all. */
    corsOrigins: new Set(parsed.CORS_ORIGINS),
    /** Living holds of one storefront's key; Infinity: as many as it likes. */
    maxHoldsPerKey: parsed.MAX_HOLDS_PER_KEY || Infinity,
    /** Objects that write the book between them. */
    ledgerShards: parsed.LEDGER_SHARDS,
    sources: {
      coingecko: {
        url: parsed.COINGECKO_URL,
        apiKey: parsed.COINGECKO_API_KEY,
        refreshMs: parsed.COINGECKO_REFRESH_SECONDS * 1000,
      },
      rebrickable: {
        url: parsed.REBRICKABLE_URL,
        apiKey: parsed.REBRICKABLE_API_KEY,
        refreshMs: parsed.REBRICKABLE_REFRESH_SECONDS * 1000,
      },
    },
    rateLimit: {
      enabled: parsed.RATE_LIMIT_ENABLED ?? parsed.ENVIRONMENT !== "development",
      type: parsed.RATE_LIMIT_TYPE,
      requestsPerMinute: parsed.RATE_LIMIT_REQUESTS_PER_MINUTE,
      /** Of all clients together, beside each one's own: only where the type is `both`. */
      totalRequestsPerMinute:
        parsed.RATE_LIMIT_TYPE === "both" ? parsed.RATE_LIMIT_TOTAL_REQUESTS_PER_MINUTE : null,
      adminRequestsPerMinute: parsed.RATE_LIMIT_ADMIN_REQUESTS_PER_MINUTE,
    },
    logLevel: parsed.LOG_LEVEL,
    /** Reads `/metrics` and nothing else; empty: only admins do. */
    metricsKey: parsed.METRICS_KEY,
    /** Where metrics are exported to; empty: nowhere. */
    otlpEndpoint: parsed.OTLP_ENDPOINT,
    otlpHeaders: parsed.OTLP_HEADERS,
  }));

export type Config = z.output<typeof variables>;

/** Its message names every bad variable and what is expected of it, and no value: some are secrets. */
export class InvalidSettings extends Error {
  /** Logged once. */
  logged = false;
}

const configByEnv = new WeakMap<object, Config | InvalidSettings>();

/** Throws `InvalidSettings` when a variable has a value that cannot be meant: better no service than a silent default. */
export function readConfig(env: object): Config {
  let known = configByEnv.get(env);
  if (known === undefined) configByEnv.set(env, (known = parseSettings(env)));
  if (known instanceof InvalidSettings) throw known;
  return known;
}

/** A variable that is empty is one that is not set. */
export function parseSettings(env: object): Config | InvalidSettings {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const { data, error } = variables.safeParse(set);
  if (data) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return new InvalidSettings(`The settings are not valid. ${problems.join(". ")}.`);
}

/** Events of that time and later are kept. */
export function eventsKeptSince({ eventRetentionMs }: Config, nowMs: number): number {
  return eventRetentionMs === null ? 0 : nowMs - eventRetentionMs;
}

/** As browsers send it: no path, no slash at the end, no port that goes without saying. */
export function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}
