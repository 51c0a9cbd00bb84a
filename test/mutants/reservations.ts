/** Holds and their resolution. When code moves, `file` and `search` move along (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

export const reservationMutants: readonly Mutant[] = [
  {
    name: "counts a hold that expired a millisecond ago",
    file: "src/objects/product/statements.ts",
    search: "expires_at <= ? GROUP BY",
    replace: "expires_at <= ? - 2 GROUP BY",
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
    tests: acceptance("reserve-options"),
  },
  {
    name: "keeps a shopper's chain of holds alive for ever",
    file: "src/domain/commands/extend.ts",
    search: "chainStartedAt + MAX_HOLD_CHAIN_MS",
    replace: "chainStartedAt + 1e6 * MAX_HOLD_CHAIN_MS",
    tests: acceptance("ownership"),
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
