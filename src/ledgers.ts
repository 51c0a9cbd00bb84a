/**
 * The ledgers, by way of which events get into the book. What an event is about (a product, a webhook) always takes the same
 * one as long as their number stays; when it changes, what is not in the book yet is simply sent to another. The book drops
 * what comes twice, and nobody sends a later event before all earlier ones are acknowledged, so the order stays too.
 */
import { readConfig } from "./env";

/** FNV-1a: stable for ever, spread well over few shards even where ids differ in their last letter only. */
export function shardOf(id: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193) >>> 0;
  return hash % shards;
}

/** `subject`: a product's id, or `webhook:<id>`. */
export function ledgerOf(env: Env, subject: string) {
  return ledgerAt(env, shardOf(subject, readConfig(env).ledgerShards));
}

export function allLedgers(env: Env) {
  const { ledgerShards } = readConfig(env);
  return Array.from({ length: ledgerShards }, (_, shard) => ledgerAt(env, shard));
}

function ledgerAt(env: Env, shard: number) {
  return env.LEDGER.getByName(`ledger:${shard}`);
}
