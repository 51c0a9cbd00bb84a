/** What misspelt words may have meant: words of the index that are one slip away. */
import * as z from "zod";
import { MAX_CORRECTED_WORDS, MAX_CORRECTIONS } from "../limits/search";
import type { Meaning, QueryWord } from "./match";
import { inTime } from "./search-schema";
import { mayBeMisspelt, neighbours } from "./words";

/** Of each word that is asked about: how many documents have a word of the index that begins with it. */
const KNOWN = `
  SELECT asked.value AS word FROM json_each(?1) AS asked WHERE EXISTS (
    SELECT 1 FROM vocabulary AS v
    WHERE v.term >= asked.value AND v.term < asked.value || char(0xFFFF) AND v.col <> 'terms')`;

/** Whole words come before mere beginnings of some, frequent ones before rare ones. */
const NEAR = `
  SELECT asked.value AS word, (
    SELECT sum(v.doc) FROM vocabulary AS v WHERE v.term = asked.value AND v.col <> 'terms') AS uses
  FROM json_each(?1) AS asked WHERE EXISTS (
    SELECT 1 FROM vocabulary AS v
    WHERE v.term >= asked.value AND v.term < asked.value || char(0xFFFF) AND v.col <> 'terms')
  ORDER BY uses DESC NULLS LAST, word LIMIT ?2`;

/**
 * The words with what else they may mean. Those that the index does not know are corrected; where it knows them all, each
 * may be meant otherwise. What it neither knows nor has a neighbour of is left out, if another word remains.
 * Throws `SearchUnavailable`.
 */
export async function withCorrections(search: D1Database, words: readonly string[]): Promise<QueryWord[]> {
  // One alone is looked for with its neighbours whether or not it is known.
  const known = words.length === 1 ? new Set(words) : await knownWords(search, words);
  const unknown = words.filter((word) => !known.has(word));
  const doubted = (unknown.length > 0 ? unknown : words).filter(mayBeMisspelt).slice(0, MAX_CORRECTED_WORDS);
  const nearByWord = await nearWords(search, doubted);
  const all = words.map((word) => ({ word, near: nearByWord.get(word) ?? [] }));
  const useful = all.filter(({ word, near }) => known.has(word) || near.length > 0);
  return useful.length > 0 ? useful : all;
}

async function knownWords(search: D1Database, words: readonly string[]): Promise<Set<string>> {
  const query = search.prepare(KNOWN).bind(JSON.stringify(words));
  const { results } = await inTime(query.all<{ word: string }>());
  return new Set(results.map(({ word }) => word));
}

async function nearWords(search: D1Database, words: readonly string[]): Promise<Map<string, string[]>> {
  if (words.length === 0) return new Map();
  const queries = words.map((word) =>
    search.prepare(NEAR).bind(JSON.stringify(neighbours(word)), MAX_CORRECTIONS),
  );
  const results = await inTime(search.batch<{ word: string }>(queries));
  return new Map(
    words.map((word, index) => [word, results[index]?.results.map((found) => found.word) ?? []]),
  );
}

/** For a cursor: the next page means what the first has meant, whatever has become known since. */
export function meaningText({ words, lenient }: Meaning): string {
  return JSON.stringify([lenient, ...words.map(({ word, near }) => [word, ...near])]);
}

const word = z.string().regex(/^[\p{L}\p{N}]+$/u);
const carried = z.tuple([z.boolean()]).rest(z.tuple([word]).rest(word));

/** undefined: it is not of ours. */
export function meaningFrom(text: string): Meaning | undefined {
  try {
    const [lenient, ...words] = carried.parse(JSON.parse(text));
    return { words: words.map(([word, ...near]) => ({ word, near })), lenient };
  } catch {
    return undefined;
  }
}
