/** Random operations on one product, as data: indices pick among the holds made so far, so that every shrink is valid. */
import fc from "fast-check";

export const LOCATIONS = ["main", "north", "south"] as const;
export const ORDERS = ["O-1", "O-2"] as const;
export const CUSTOMERS = ["C-1", "C-2"] as const;

const location = fc.constantFrom(...LOCATIONS);
const quantity = fc.integer({ min: 1, max: 12 });
const hold = fc.nat({ max: 30 });
const WEEK_SECONDS = 604_800;
const ttlSeconds = fc.constantFrom(1, 5, 30, 60, WEEK_SECONDS, null);
/** Staff, who see every reservation, and two shops that know only their own. */
const by = fc.constantFrom("staff" as const, "shop-1" as const, "shop-2" as const);

export const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant("reserve" as const),
      by,
      quantity,
      location: fc.option(location, { nil: undefined }),
      ttlSeconds,
      order: fc.option(fc.constantFrom(...ORDERS), { nil: undefined }),
      customer: fc.option(fc.constantFrom(...CUSTOMERS), { nil: undefined }),
      supersedes: fc.option(hold, { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("lines" as const),
      by,
      lines: fc.array(fc.record({ quantity, location: fc.option(location, { nil: undefined }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      split: fc.boolean(),
      ttlSeconds,
      order: fc.constantFrom(...ORDERS),
      customer: fc.option(fc.constantFrom(...CUSTOMERS), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("prepare" as const), hold, seconds: fc.constantFrom(5, 60, 900) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("abort" as const), hold }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("confirm-prepared" as const), hold }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("advance" as const),
      seconds: fc.constantFrom(1, 4, 29, 31, 600, WEEK_SECONDS - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("confirm" as const),
      by,
      hold,
      quantity: fc.option(quantity, { nil: undefined }),
      reacquire: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("release" as const),
      by,
      hold,
      quantity: fc.option(quantity, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("resize" as const), by, hold, quantity }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("extend" as const),
      by,
      hold,
      seconds: fc.constantFrom(1, 10, 120, WEEK_SECONDS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("cancel" as const), by, hold }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("return" as const),
      by,
      hold,
      quantity,
      restock: fc.boolean(),
      location: fc.option(location, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("release-order" as const),
      by,
      order: fc.constantFrom(...ORDERS),
      quantity: fc.option(quantity, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("count" as const),
      location,
      newQuantity: fc.integer({ min: 0, max: 30 }),
      force: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("adjust" as const),
      location,
      delta: fc.integer({ min: -9, max: 15 }).filter((n) => n !== 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("transfer" as const), from: location, to: location, quantity }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("set-level" as const),
      location,
      safetyStock: fc.nat({ max: 3 }),
      backorderLimit: fc.nat({ max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("remove-level" as const), location }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("limit" as const),
      maxPerCustomer: fc.option(fc.integer({ min: 1, max: 15 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("close" as const),
      location: fc.constantFrom("north" as const, "south" as const),
      closed: fc.boolean(),
    }),
  },
  /** The last accepted command again, with its key. */
  { weight: 2, arbitrary: fc.record({ op: fc.constant("retry" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("alarm" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("crash" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("book" as const), down: fc.boolean() }) },
);

export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
export type OperationOf<Op extends Operation["op"]> = Extract<Operation, { op: Op }>;
export type By = "staff" | "shop-1" | "shop-2";
