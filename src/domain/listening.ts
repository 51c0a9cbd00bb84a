/** What a listener wants to hear, as the Worker passes it to a hub after checking it. */
import type { EventType } from "./events/event";

export type ListeningToLevels = {
  to: "levels";
  products: string[];
  /** The last version seen, by product. */
  since: [productId: string, version: number][];
  /** Storefronts are not shown how far below zero something is. */
  clamped: boolean;
  /** Refused when there is no such product, instead of an error message on the connection. */
  mustExist: boolean;
};

export type FollowingTheBook = {
  to: "events";
  /** The first wanted; null: from the end on. */
  offset: number | null;
};

export type Listening = { transport: "socket" | "stream" } & (ListeningToLevels | FollowingTheBook);

/** Carries a `Listening` as JSON on the Worker's own request to a hub; what clients send never gets there. */
export const LISTENING_HEADER = "Holdfast-Listening";

/** Why a hub does not take a listener. */
export type ListeningRefusal =
  /** Its children have room. */
  | { code: "full" }
  | { code: "overloaded" }
  | { code: "product_not_found"; productId: string }
  | { code: "offset_expired"; oldestOffset: number };

export interface PollQuery {
  /** The first wanted; up to there the caller has seen the book. */
  offset: number;
  limit: number;
  productId?: string;
  type?: EventType;
  waitMs: number;
}

/** A page of the book, for whoever renders it. */
export interface BookPage {
  rows: { offset: number; body: string }[];
  /** Past everything that was looked at. */
  nextOffset: number;
  hasMore: boolean;
  /** The last offset the page can have seen; 0: none. */
  newest: number;
}

export type PollAnswer =
  | { state: "page"; page: BookPage }
  /** There is more in the book than this hub has at hand: ask the book again. */
  | { state: "behind" }
  | { state: "full" };

/** Shards of a family by number; the first is where everybody begins. */
export function shardName(family: "levels" | "events", shard: number): string {
  return `${family}:${shard}`;
}
