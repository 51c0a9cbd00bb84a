/**
 * What the page of one product knows: the product, its stock and its holds. Answers to changes made here are shown at once; what
 * others change comes when the product's version rises.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { effect } from "@preact/signals";
import { isProblem } from "../../client/problem.ts";
import type { Location } from "../../client/wire-operation.ts";
import type { Product, Reservation, ReservationListed, Stock } from "../../client/wire.ts";
import { holdfast } from "../connection.ts";
import { useResource, type Resource } from "../resource.ts";
import { lacks } from "../session.ts";
import { stock } from "../stock.ts";
import { want } from "../watching.ts";
import { bySoonest } from "./holds-order.ts";

export interface Opened {
  product: Product;
  /** undefined: this key may not see it. */
  stock: Stock | undefined;
}

/** How long after a change its product is asked again: more changes may be on their way. */
const TRAILING_MS = 250;
/** Lists come from the book, which follows the product at its own pace. */
const BOOK_MS = 1500;
const NOTED_MS = 5000;

/** A set is also known by its number alone: `75192` is `75192-1`. */
export async function loadProduct(id: string, isSet: boolean, signal: AbortSignal): Promise<Opened> {
  try {
    return await loadBoth(id, signal);
  } catch (error) {
    if (!isSet || !isProblem(error, "product_not_found")) throw error;
    return loadBoth(`${id}-1`, signal);
  }
}

async function loadBoth(id: string, signal: AbortSignal): Promise<Opened> {
  const [product, numbers] = await Promise.all([
    holdfast.products.get(id, { signal }),
    lacks("stock:read") ? undefined : loadStock(id, signal),
  ]);
  return { product, stock: numbers };
}

async function loadStock(id: string, signal: AbortSignal): Promise<Stock | undefined> {
  try {
    const found = await holdfast.stock.get(id, { signal });
    offer(found);
    return found;
  } catch (error) {
    if (isProblem(error, "forbidden")) return undefined;
    throw error;
  }
}

/** The numbers of an answer, which are newer than what came before. */
export function offer({ productId, version, onHand, reserved, available, updatedAt }: Stock): void {
  stock.show({ productId, version, onHand, reserved, available, atMs: Date.parse(updatedAt) });
}

/** Calls back when a product's version has risen, once for changes in quick succession, and again when the book has them. */
export function useVersionRises(productIds: readonly string[], onRise: () => void): void {
  const callback = useRef(onRise);
  callback.current = onRise;
  useEffect(() => {
    const unwant = want(productIds);
    const known = new Map<string, number>();
    const timers: (ReturnType<typeof setTimeout> | undefined)[] = [];
    const end = effect(() => {
      const risen = productIds.filter((productId) => {
        const version = stock.of(productId).value?.version;
        const before = known.get(productId);
        if (version !== undefined) known.set(productId, version);
        return before !== undefined && version !== undefined && version > before;
      });
      if (risen.length === 0) return;
      for (const timer of timers.splice(0)) clearTimeout(timer);
      timers.push(...[TRAILING_MS, BOOK_MS].map((ms) => setTimeout(() => callback.current(), ms)));
    });
    return () => {
      end();
      unwant();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [productIds.join()]);
}

export interface Holds extends Pick<Resource<ReservationListed[]>, "error" | "reload" | "isOld"> {
  holds: ReservationListed[] | undefined;
  /** An answer about one hold, which is newer than the list. */
  note(hold: Reservation): void;
}

/** Living holds, the soonest to expire first. */
export function useHolds(productId: string): Holds {
  const listed = useResource(`holds ${productId}`, async (signal) => {
    const { items } = await holdfast.reservations.list({ productId, state: "held", limit: 100 }, { signal });
    return items;
  });
  const [noted, setNoted] = useState<ReadonlyMap<string, { hold: ReservationListed; untilMs: number }>>(
    new Map(),
  );
  const holds = useMemo(() => {
    if (!listed.data) return undefined;
    const byId = new Map(listed.data.map((hold) => [hold.reservationId, hold]));
    for (const [id, { hold }] of noted) {
      const before = byId.get(id);
      if (!before || before.version < hold.version) byId.set(id, hold);
    }
    return [...byId.values()].filter(({ state }) => state === "held").toSorted(bySoonest);
  }, [listed.data, noted]);
  return {
    holds,
    error: listed.error,
    isOld: listed.isOld,
    reload: () => {
      // What was noted long ago is in the list by now, or somebody else has changed it since.
      setNoted((before) => new Map([...before].filter(([, { untilMs }]) => untilMs > Date.now())));
      listed.reload();
    },
    note: (hold) => {
      stock.show({ productId: hold.productId, ...hold.inventory });
      setNoted((before) => new Map(before).set(hold.reservationId, { hold, untilMs: Date.now() + NOTED_MS }));
    },
  };
}

/** All places, for choices; none while they are not known. */
export function useLocations(): readonly Location[] {
  const { data = [] } = useResource("locations", async (signal) => {
    if (lacks("stock:read")) return [];
    const { items } = await holdfast.locations.list({ limit: 100 }, { signal });
    return items;
  });
  return data;
}
