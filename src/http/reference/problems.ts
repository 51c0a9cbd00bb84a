/**
 * Every problem as a schema of its own: what all have in common, its code, and the facts that stand beside it. A new code does
 * not compile until its facts are described, with an example.
 */
import { PRODUCT_STATUSES } from "../../domain/product";
import { ORDER_STATES } from "../../domain/order";
import { PROBLEMS, type ProblemCode } from "../problem";
import { SCOPES } from "../request/credential";
import { inventory } from "../reservations/schemas";
import * as field from "../schemas/primitives";
import { MAX_ERROR_CHARS, MAX_ERRORS_SHOWN } from "../wire-limits";
import * as z from "../zod";
import { EXAMPLES } from "./problem-examples";

export const PROBLEM_CODES = codesOf(PROBLEMS);

function codesOf<Code extends string>(record: Record<Code, unknown>): Code[] {
  const codes: Code[] = [];
  for (const code in record) codes.push(code);
  return codes;
}

const problemCode = z.enum(PROBLEM_CODES);

const fieldError = z
  .object({
    path: z.string().describe("Where: `body.lines[0].quantity`, `query.limit`, `header.If-Match`."),
    code: z.string().describe("What is wrong with it, for programs: `too_small`, `unknown_field` …"),
    message: z.string().describe("What is wrong with it, for people."),
  })
  .openapi("FieldError");

const errors = z
  .array(fieldError)
  .max(MAX_ERRORS_SHOWN)
  .describe(`The first bad fields; names and messages are cut at ${MAX_ERROR_CHARS} characters.`);
const errorCount = z.int().describe("How many bad fields there are.");

const common = {
  type: z.string().describe("`urn:holdfast:problem:` and the code."),
  title: z.string().describe("The code in words; the same for every problem of the code."),
  status: z.int().describe("The HTTP status, again."),
  detail: z
    .string()
    .describe("What happened this time, for people. Do not parse it: the facts are beside it."),
  instance: z.string().describe("The path that was asked for."),
  code: problemCode.describe("What it is, for programs."),
  requestId: z.string().describe("As `X-Request-Id` says; whoever runs the service finds it in the log."),
};

/** What a client sees that does not look at the code. */
export const problem = z
  .looseObject({ ...common, errors: errors.optional(), errorCount: errorCount.optional() })
  .openapi("Problem", { description: "RFC 9457, with extension members by code." });

const id = (what: string) => z.string().describe(`The ${what} that was asked for.`);
const reservationId = z.string().describe("The reservation that was asked for.");
const onHand = z.int().describe("Units that are there.");
const reserved = z.int().describe("Units that are held.");
const requested = z.int().describe("Units that were asked for.");

const shortage = z
  .object({
    productId: field.productId.describe("The product that is short."),
    locationId: field.locationId.describe("Where it is short."),
    requested,
    available: z.int().describe("Units that could be had there at this moment."),
  })
  .openapi("Shortage");

const FACTS: Record<ProblemCode, z.ZodRawShape> = {
  validation_failed: { errors, errorCount },
  malformed_json: {},
  unauthenticated: {},
  forbidden: {
    requiredScope: z.enum(SCOPES).optional().describe("The scope that the key lacks."),
    requiredScopes: z
      .array(z.enum(SCOPES))
      .optional()
      .describe("Where any of several would do: all of them."),
  },
  product_not_found: { productId: id("product") },
  location_not_found: { locationId: id("location") },
  level_not_found: { productId: id("product"), locationId: id("location") },
  reservation_not_found: {
    reservationId: reservationId.optional(),
    orderId: z.string().optional().describe("Of a release by order: the order, which holds nothing here."),
  },
  order_not_found: { orderId: id("order") },
  route_not_found: {},
  method_not_allowed: {},
  not_acceptable: { offered: z.array(z.string()).describe("The media types that there are.") },
  product_exists: {
    productId: id("product"),
    version: field.version.describe("The version that it has now."),
  },
  insufficient_stock: {
    shortages: z.array(shortage).describe("Everything that is short, not only the first."),
  },
  product_not_active: {
    productId: id("product"),
    productStatus: z.enum(PRODUCT_STATUSES).describe("What it is instead of `active`."),
  },
  version_conflict: {
    expected: field.version.describe("The version that the caller named."),
    current: field.version.describe("The version that there is."),
    inventory: inventory.describe("The product's numbers as they are now."),
  },
  reservation_already_confirmed: { reservationId },
  reservation_already_released: {
    reservationId,
    supersededBy: z.string().optional().describe("The hold that its units were handed over to."),
  },
  order_exists: {
    orderId: id("order"),
    state: z.enum(ORDER_STATES).optional().describe("How it stands; left out where it is somebody else's."),
  },
  level_in_use: { locationId: id("location"), onHand, reserved },
  location_exists: { locationId: id("location") },
  location_in_use: {
    locationId: id("location"),
    products: z.array(z.string()).describe("The first 20 products that have something there."),
  },
  location_closed: { locationId: id("location") },
  product_in_use: { productId: id("product"), onHand, reserved },
  source_not_configured: {},
  extension_limit_reached: {
    reservationId,
    limit: z.int().describe("How often a hold may be extended."),
    limitDays: z.int().describe("How many days it may last in all."),
  },
  customer_limit_reached: {
    customerId: z.string().describe("The customer."),
    limit: z.int().describe("`maxPerCustomer` of the product."),
    taken: z.int().describe("Units that the customer holds or has bought."),
    requested,
  },
  reservation_expired: { reservationId, expiresAt: field.timestamp.describe("When it expired.") },
  offset_expired: { oldestOffset: z.int().nullable().describe("The first event that is still kept.") },
  body_too_large: { limitBytes: z.int().describe("How many bytes it may have.") },
  unsupported_media_type: { supported: z.array(z.string()).describe("The media types that are read.") },
  idempotency_key_reused: {},
  below_reserved: {
    locationId: id("location"),
    newQuantity: z.int().describe("What would be on hand."),
    reserved,
    holds: z.array(z.string()).describe("Reservations that hold units there."),
  },
  customer_required: {
    productId: id("product"),
    limit: z.int().describe("`maxPerCustomer` of the product."),
  },
  reason_required: {},
  exceeds_held: {
    reservationId,
    requested,
    held: z.int().optional().describe("Units that are held."),
    returnable: z.int().optional().describe("Of a return: units sold that have not come back."),
  },
  rate_limited: { violatedPolicies: z.array(z.string()).describe("The limits that were passed, by name.") },
  holds_limit_reached: {},
  internal: {},
  book_unavailable: {},
  misconfigured: {},
  overloaded: {},
};

/** `insufficient_stock`: `InsufficientStockProblem`. */
function nameOf(code: ProblemCode): string {
  return `${code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Problem`;
}

/** `more`: what stands beside the facts in the answers of one operation. */
function schemaOf(code: ProblemCode, more: z.ZodRawShape = {}) {
  // A version conflict has two, by where the version was given.
  const isConflict = code === "version_conflict";
  const status = isConflict ? z.literal(409).or(z.literal(412)) : z.literal(PROBLEMS[code].status);
  return z.object({
    ...common,
    status: status.describe("The HTTP status, again."),
    code: z.literal(code).describe("What it is, for programs."),
    ...FACTS[code],
    ...more,
  });
}

const schemaByCode = new Map<ProblemCode, z.ZodType>(
  PROBLEM_CODES.map((code) => {
    const { when: description } = EXAMPLES[code];
    return [code, schemaOf(code).openapi(nameOf(code), { description })];
  }),
);

/** One of these; `code` tells which. */
export function problemOf(codes: readonly ProblemCode[], more?: z.ZodRawShape): z.ZodType {
  const schemas = codes.map((code) => (more ? schemaOf(code, more) : schemaByCode.get(code)) ?? problem);
  const [only = problem] = schemas;
  return schemas.length === 1 ? only : z.union(schemas);
}
