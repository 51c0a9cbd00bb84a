/** Every change that can be asked of one product, as data. One file per verb in `commands/` decides it. */
import type { Places } from "./places";
import type { CatalogFields } from "./product";
import type { Refusal } from "./refusal";
import type { HoldDetails } from "./reservation";

/** A catalog entry as written by a client: what is left out takes its default (create) or stays (edit). */
export type CatalogInput = Partial<CatalogFields>;
/** A merge patch: `attributes` merges by name and `null` removes one; every other field replaces. */
export type CatalogPatch = Partial<Omit<CatalogFields, "attributes">> & {
  attributes?: Record<string, CatalogFields["attributes"][string] | null>;
};

export interface HoldInput extends HoldDetails {
  quantity: number;
  /** Locations to try, in order. */
  locationIds: string[];
  /** The caller takes any: `locationIds` are then those that are open, or none while they are not known. */
  anyLocation: boolean;
  /** null: the hold does not expire. */
  ttlSeconds: number | null;
  /** The ULID of the hold whose units pass to this one. */
  supersedes?: string;
}

export type CountInput = Omit<CommandOf<"count">, "verb" | "newQuantity"> &
  ({ newQuantity: number } | { available: number });

/** One demand of an order: where its units may be taken. */
export type OrderLine = Pick<HoldInput, "quantity" | "locationIds" | "anyLocation">;

export type AdjustmentType = "receipt" | "return" | "sale" | "damage" | "shrinkage" | "correction";

export type Command =
  | { verb: "create"; fields: CatalogInput; initial?: { locationId: string; quantity: number } }
  | { verb: "edit"; patch: CatalogPatch }
  /** Import: creates, edits, or finds nothing to do. The answer says which. */
  | { verb: "upsert"; fields: CatalogInput }
  | { verb: "delete"; force: boolean; reason?: string }
  | {
      verb: "count";
      locationId: string;
      newQuantity: number;
      reason: string;
      adjustedBy?: string;
      force: boolean;
    }
  /** An edit and a count in one; `available` counts so that so many are available there. */
  | { verb: "set"; patch: CatalogPatch; count?: CountInput }
  | {
      verb: "adjust";
      locationId: string;
      delta: number;
      type: AdjustmentType;
      reason: string;
      reference?: string;
      force: boolean;
    }
  | { verb: "transfer"; fromLocationId: string; toLocationId: string; quantity: number; reason?: string }
  | { verb: "set-level"; locationId: string; safetyStock?: number; backorderLimit?: number }
  | { verb: "remove-level"; locationId: string }
  | ({ verb: "reserve" } & HoldInput)
  /** Holds for all lines of an order that name this product, or for none of them. */
  | ({ verb: "reserve-lines"; orderId: string; lines: OrderLine[]; split: boolean } & Pick<
      HoldInput,
      "customerId" | "ttlSeconds"
    >)
  | { verb: "release-order"; orderId: string; quantity?: number; reason?: string }
  | { verb: "resize"; ulid: string; quantity: number }
  | { verb: "confirm"; ulid: string; quantity?: number; ifExpired: "reject" | "reacquire" }
  /** Promises an order's coordinator that this hold can be confirmed: until it is, or that is aborted, nobody else may touch it. */
  | { verb: "prepare"; ulid: string; forSeconds: number }
  | { verb: "abort"; ulid: string; reason?: string }
  /** The coordinator has decided: what was prepared is sold. */
  | { verb: "confirm-prepared"; ulid: string }
  | { verb: "release"; ulid: string; quantity?: number; reason?: string }
  | { verb: "extend"; ulid: string; ttlSeconds: number }
  | { verb: "cancel"; ulid: string }
  /** `locationId` is where they are put; where they were sold when it is left out. */
  | {
      verb: "return";
      ulid: string;
      quantity: number;
      restock: boolean;
      reason: string;
      locationId?: string;
    };

export type Verb = Command["verb"];
export type CommandOf<V extends Verb> = Extract<Command, { verb: V }>;

/** Who asks, and what they may see and do. */
export interface Caller {
  /** `key:<keyId>`, `system`. */
  actor: string;
  /** Has no `stock:write`: may not see a negative `available`, and keeps a shopper's limits. */
  clamped: boolean;
  /** Has no `reservations:read`: reservations and orders that others made do not exist for it. */
  ownOnly?: true;
}

/** A command with what surrounds it. */
export interface Envelope extends Caller {
  command: Command;
  /** `id` is unique per credential and key; `fingerprint` says which request it was. The first release named it `formerId`. */
  key?: { id: string; fingerprint: string; formerId?: string };
  /** The version at which the caller saw what it changes; one of the `others`, all lower, will do as well. */
  expected?: { version: number; others?: number[]; via: "header" | "body" };
  /** Where any command of its call may bring stock somewhere; left out: every place will do. */
  places?: Places;
}

export interface Applied {
  ok: true;
  /** The JSON answer, kept and replayed to the letter. */
  body: string;
  version: number;
  replayed: boolean;
  /** It was so already: no event was written. Left out where something changed, which is nearly always. */
  unchanged?: true;
}

export type Result = Applied | { ok: false; refusal: Refusal };

/** How a list of commands is to be decided. */
export interface ExecuteOptions {
  /** The answer comes when the book has what was done (bounded). */
  awaitBook?: boolean;
  /** Says what would become of them, each with the effects of those before it, and does nothing. */
  dryRun?: boolean;
}

/** What a reader may ask of one product. */
export type Query =
  | { view: "stock"; locationId?: string; clamped: boolean }
  | { view: "product" }
  /** `by`: who reads, where it may only see what it made. */
  | { view: "reservation"; ulid: string; clamped: boolean; by?: Caller }
  | {
      view: "check";
      hold: Pick<HoldInput, "quantity" | "locationIds" | "anyLocation" | "customerId" | "supersedes">;
      /** Who asks; left out: whoever may know everything. */
      by?: Caller;
      /** Places to name as alternatives, in order; left out or none: all. */
      elsewhere?: string[];
      clamped: boolean;
    };

export type QueryOf<View extends Query["view"]> = Extract<Query, { view: View }>;

export type ReadResult = { ok: true; body: string; version: number } | { ok: false; refusal: Refusal };
