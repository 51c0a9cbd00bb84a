/**
 * Laws of the service, each broken in one place, and the tests that must notice (`npm run test:mutants`). `search` stands
 * exactly once in `file`; when the code moves, move it along. A mutant that nothing notices asks for a test.
 */
export interface Mutant {
  /** What the service would do wrong. */
  name: string;
  file: string;
  search: string;
  replace: string;
  /** Files or folders of tests, of which one must fail. */
  tests: readonly string[];
}

const acceptance = (...names: string[]) => names.map((name) => `test/acceptance/${name}.test.ts`);

const stock: Mutant[] = [
  {
    name: "oversells by one unit",
    file: "src/domain/choice.ts",
    search: "available(level) >= quantity",
    replace: "available(level) + 1 >= quantity",
    tests: acceptance("reserve"),
  },
  {
    name: "ignores safety stock",
    file: "src/domain/product.ts",
    search: "- level.safetyStock",
    replace: "",
    tests: acceptance("reserve-options"),
  },
  {
    name: "takes backorders without limit",
    file: "src/domain/product.ts",
    search: "available(level) + level.backorderLimit",
    replace: "available(level) + level.backorderLimit * 1e6",
    tests: acceptance("reserve"),
  },
  {
    name: "lets a location below zero take from another",
    file: "src/domain/product.ts",
    search: "Math.max(0, available(level))",
    replace: "available(level)",
    tests: acceptance("reserve"),
  },
  {
    name: "counts a hold twice",
    file: "src/domain/commands/reserve.ts",
    search: "reserved: level.reserved + hold.held",
    replace: "reserved: level.reserved + 2 * hold.held",
    tests: acceptance("reserve"),
  },
  {
    name: "forgets customers' limits once something was bought",
    file: "src/domain/commands/reserve.ts",
    search: "if (taken + requested <= limit)",
    replace: "if (requested <= limit)",
    tests: acceptance("reserve-options"),
  },
  {
    name: "hands the units of a superseded hold over again",
    file: "src/domain/commands/reserve.ts",
    search: " || old.supersededBy !== null",
    replace: "",
    tests: acceptance("reserve"),
  },
  {
    name: "takes the whole of a split line at every location",
    file: "src/domain/choice.ts",
    search: "Math.min(left, most)",
    replace: "most > 0 ? left : 0",
    tests: ["test/domain/places.test.ts", ...acceptance("orders")],
  },
  {
    name: "holds a part of an order's lines",
    file: "src/domain/commands/reserve-lines.ts",
    search: "if (short.length === 0)",
    replace: "if (parts.length > 0)",
    tests: acceptance("orders"),
  },
  {
    name: "counts a hold's own units against its resize",
    file: "src/domain/commands/resize.ts",
    search: "sellable(without) < quantity",
    replace: "sellable(level) < quantity",
    tests: acceptance("reserve"),
  },
  {
    name: "lowers a count below what is held",
    file: "src/domain/on-hand.ts",
    search: "to >= Math.max(0, reserved)",
    replace: "to >= 0",
    tests: acceptance("count"),
  },
  {
    name: "makes an event of a count that changes nothing",
    file: "src/domain/commands/count.ts",
    search: "if (level.onHand === newQuantity)",
    replace: "if (Number.isNaN(newQuantity))",
    tests: acceptance("count"),
  },
  {
    name: "loses a unit in a transfer",
    file: "src/domain/commands/transfer.ts",
    search: "onHand: to.onHand + quantity",
    replace: "onHand: to.onHand + quantity - 1",
    tests: acceptance("count"),
  },
  {
    name: "transfers units that are held",
    file: "src/domain/commands/transfer.ts",
    search: "from.onHand - from.reserved",
    replace: "from.onHand",
    tests: acceptance("count"),
  },
  {
    name: "deletes a product that has holds",
    file: "src/domain/commands/delete.ts",
    search: "if (inUse && !command.force)",
    replace: "if (inUse && command.reason === 0)",
    tests: acceptance("count"),
  },
  {
    name: "brings stock to a location that is closed",
    file: "src/domain/places.ts",
    search: "!open.includes(id)",
    replace: "!open.includes(id) && !closed.includes(id)",
    tests: acceptance("location-removal"),
  },
];

const holds: Mutant[] = [
  {
    name: "lets a hold live a millisecond too long",
    file: "src/domain/product.ts",
    search: "reservation.expiresAt > now",
    replace: "reservation.expiresAt >= now",
    tests: acceptance("expiry"),
  },
  {
    name: "counts expired units until they are swept",
    file: "src/objects/product/statements.ts",
    search: "expires_at <= ? GROUP BY",
    replace: "expires_at <= ? - 60000 GROUP BY",
    tests: acceptance("expiry"),
  },
  {
    name: "confirms a hold that has expired",
    file: "src/domain/resolution.ts",
    search: 'if (hold.state !== "held")',
    replace: 'if (hold.state === "confirmed" || hold.state === "released")',
    tests: ["test/domain/decide.test.ts", ...acceptance("expiry")],
  },
  {
    name: "releases a hold twice",
    file: "src/domain/resolution.ts",
    search: 'if (hold.state !== "held")',
    replace: 'if (hold.state === "confirmed" || hold.state === "expired")',
    tests: ["test/domain/decide.test.ts", ...acceptance("confirm")],
  },
  {
    name: "keeps what a partial confirm left over",
    file: "src/domain/commands/confirm.ts",
    search: "reserved: level.reserved - hold.held",
    replace: "reserved: level.reserved - quantity",
    tests: acceptance("confirm"),
  },
  {
    name: "ships what is only promised",
    file: "src/domain/commands/confirm.ts",
    search: "if (there >= quantity)",
    replace: "if (there >= quantity - level.backorderLimit)",
    tests: acceptance("confirm"),
  },
  {
    name: "sells units that an order being confirmed was promised",
    file: "src/domain/commands/confirm.ts",
    search: "- facts.pinnedUnits(level.locationId)",
    replace: "",
    tests: [...acceptance("order-resolution"), "test/objects/order/order-object.test.ts"],
  },
  {
    name: "takes back more than was sold",
    file: "src/domain/commands/return.ts",
    search: "sold.confirmed - sold.returned",
    replace: "sold.confirmed",
    tests: acceptance("confirm"),
  },
  {
    name: "extends a hold without end",
    file: "src/domain/commands/extend.ts",
    search: "hold.extensions >= MAX_HOLD_EXTENSIONS",
    replace: "hold.extensions < 0",
    tests: acceptance("expiry", "reserve"),
  },
  {
    name: "keeps a shopper's chain of holds alive for ever",
    file: "src/domain/commands/extend.ts",
    search: "chainStartedAt + MAX_HOLD_CHAIN_MS",
    replace: "chainStartedAt + 1e6 * MAX_HOLD_CHAIN_MS",
    tests: acceptance("expiry", "reserve", "reserve-options"),
  },
  {
    name: "shortens a hold that is extended",
    file: "src/domain/commands/extend.ts",
    search: "wanted <= hold.expiresAt",
    replace: "wanted === hold.expiresAt",
    tests: acceptance("reserve"),
  },
  {
    name: "tells crossings again while beyond the line",
    file: "src/domain/edges.ts",
    search: "if (!wasLow && low)",
    replace: "if (low)",
    tests: acceptance("events"),
  },
  {
    name: "shows a key what another key holds",
    file: "src/domain/resolution.ts",
    search: "reservation.owner !== actor",
    replace: "reservation.owner === null",
    tests: acceptance("ownership"),
  },
];

const object: Mutant[] = [
  {
    name: "forgets idempotency keys",
    file: "src/objects/product/commit.ts",
    search: "if (replayed) return replayed;",
    replace: "",
    tests: acceptance("versions"),
  },
  {
    name: "takes a used key for another body",
    file: "src/objects/product/commit.ts",
    search: "row.fingerprint !== key.fingerprint",
    replace: 'row.fingerprint === ""',
    tests: acceptance("versions"),
  },
  {
    name: "checks no version",
    file: "src/objects/product/commit.ts",
    search: "if (conflict) return",
    replace: "if (conflict && turn.settledSeq < 0) return",
    tests: acceptance("versions"),
  },
  {
    name: "leaves gaps between versions",
    file: "src/objects/product/commit.ts",
    search: "const version = store.version + index + 1;",
    replace: "const version = store.version + index * 2 + 1;",
    tests: acceptance("events"),
  },
  {
    name: "writes in a dry run",
    file: "src/objects/product/commit-queue.ts",
    search: "throw ROLLBACK;",
    replace: "",
    tests: ["test/objects/product/dry-run.test.ts"],
  },
  {
    name: "remembers a dry run",
    file: "src/objects/product/commit-queue.ts",
    search: "if (error === ROLLBACK) restore();",
    replace: "if (error === ROLLBACK) return results;",
    tests: ["test/objects/product/dry-run.test.ts"],
  },
  {
    name: "moves the watermark too far",
    file: "src/objects/product/outbox.ts",
    search: "this.settledSeq = trip.seq;",
    replace: "this.settledSeq = trip.seq + 1;",
    tests: ["test/objects/product/outbox.test.ts"],
  },
  {
    name: "tries the book again much too late",
    file: "src/objects/product/outbox.ts",
    search: "2 ** (this.#failures - 1)",
    replace: "2 ** (this.#failures + 6)",
    tests: ["test/objects/product/outbox.test.ts"],
  },
  {
    name: "skips an event on the way to the book",
    file: "src/objects/product/store.ts",
    search: "afterSeq + 1 - first.seq",
    replace: "afterSeq + 2 - first.seq",
    tests: acceptance("events"),
  },
  {
    name: "loses events that the book refuses",
    file: "src/objects/product/outbox.ts",
    search: "if (answer.refused) this.#deps.onRefused",
    replace: "if (answer.refused && run < 0) this.#deps.onRefused",
    tests: ["test/objects/product/outbox.test.ts", "test/objects/product/set-aside.test.ts"],
  },
  {
    name: "wakes at the last deadline, not the first",
    file: "src/objects/product/deadlines.ts",
    search: "Math.min(...due)",
    replace: "Math.max(...due)",
    tests: ["test/objects/product/deadlines.test.ts"],
  },
  {
    name: "refuses a whole batch for one bad entry",
    file: "src/objects/ledger/batch.ts",
    search: "part.length === 1",
    replace: "part.length >= 1",
    tests: ["test/objects/ledger/batch.test.ts"],
  },
  {
    name: "leaves an order that was refused half held",
    file: "src/objects/order/coordinator.ts",
    search: 'return { step: "failing", holds',
    replace: 'return { step: "failed", holds',
    tests: [...acceptance("orders"), "test/objects/order/order-object.test.ts"],
  },
  {
    name: "sells a part of an order",
    file: "src/objects/order/coordinator.ts",
    search: 'if (refusals.length === 0) return { step: "confirming"',
    replace: 'if (told.some(({ result }) => result.ok)) return { step: "confirming"',
    tests: [...acceptance("order-resolution"), "test/objects/order/crash.test.ts"],
  },
];

const edge: Mutant[] = [
  {
    name: "shows shops how far below zero a location is",
    file: "src/domain/views.ts",
    search: "clamped && value < 0 ? 0 : value",
    replace: "value",
    tests: acceptance("reserve"),
  },
  {
    name: "treats a storefront's key as staff's",
    file: "src/http/middleware/auth.ts",
    search: '!may("stock:write")',
    replace: "false",
    tests: acceptance("reserve", "access"),
  },
  {
    name: "opens every reservation to a storefront's key",
    file: "src/http/middleware/auth.ts",
    search: '!may("reservations:read")',
    replace: "false",
    tests: acceptance("ownership"),
  },
  {
    name: "checks no scope",
    file: "src/http/middleware/auth.ts",
    search: "if (wanted.some((scope) => scopes.has(scope))) return;",
    replace: "return;",
    tests: acceptance("access"),
  },
  {
    name: "says not modified to whoever has another version",
    file: "src/http/middleware/preconditions.ts",
    search: "=== String(version)",
    replace: "!== undefined",
    tests: ["test/http/middleware/preconditions.test.ts"],
  },
  {
    name: "skips a row between two pages",
    file: "src/d1/page.ts",
    search: "? shown.at(-1)",
    replace: "? rows.at(-1)",
    tests: ["test/d1/page.test.ts", "test/d1/product-list.test.ts"],
  },
  {
    name: "skips an event for followers of the log",
    file: "src/d1/event-tail.ts",
    search: "gte(events.offset, fromOffset)",
    replace: "gte(events.offset, fromOffset + 1)",
    tests: acceptance("live-book"),
  },
  {
    name: "skips an event for a webhook",
    file: "src/objects/webhook/courier.ts",
    search: "nextOffset: offset + 1",
    replace: "nextOffset: offset + 2",
    tests: ["test/objects/webhook/courier.test.ts"],
  },
  {
    name: "writes older numbers over newer ones in the book",
    file: "src/d1/projection.ts",
    search: " AND s.value ->> 'version' > products.version",
    replace: "",
    tests: ["test/objects/ledger/ledger.test.ts"],
  },
  {
    name: "writes an older reservation over a newer one in the book",
    file: "src/d1/projection.ts",
    search: "WHERE excluded.version > reservations.version",
    replace: "",
    tests: ["test/objects/ledger/ledger.test.ts"],
  },
];

export const mutants: readonly Mutant[] = [...stock, ...holds, ...object, ...edge];
