import { describe } from "vitest";
import type { Command } from "../../../src/domain/command";
import { ULID } from "../plain-facts";
import { GONE, itChangesNothing, itRefuses, ofExpired, ofUnknown } from "./cases";

const CANCEL: Command = { verb: "cancel", ulid: ULID };

describe("cancel", () => {
  itRefuses([ofUnknown(CANCEL), ofExpired(CANCEL)]);
  itChangesNothing([["cancelling what is released", { holds: [GONE] }, CANCEL]]);
});
