/**
 * Matches in order of relevance. How well a document matches is said by itself and the search alone, never by how many others
 * there are: so it keeps its place while others come in, and a page goes on where the one before ended. The matches are put in
 * order a block at a time, in the order in which the index got to know them; a block holds all of most searches.
 */
import { and, desc, sql, type SQL } from "drizzle-orm";
import { replica } from "../d1/book";
import { BadCursor, decodeCursor, encodeCursor } from "../d1/page";
import { RELEVANCE_BLOCK_MATCHES } from "../limits/search";
import type { QueryWord } from "./match";
import { documents, inTime } from "./search-schema";

export interface RelevanceQuery {
  /** What was typed. */
  q: string;
  words: readonly QueryWord[];
  match: string;
  where: SQL | undefined;
  limit: number;
  cursor: string | undefined;
}

/** As text in the query: it may have no more than a hundred parameters, which the words need. */
const EXACT_ID = sql.raw("10000");
const EXACT_NAME = sql.raw("2000");
const ID_AMONG_WORDS = sql.raw("1000");
const PHRASE_FIRST = sql.raw("600");
const PHRASE = sql.raw("300");
const WHOLE_WORD = sql.raw("200");
const BEGINNING = sql.raw("120");
const NEAR_WORD = sql.raw("60");
const NEAR_BEGINNING = sql.raw("40");
/** Names that say less beside what was asked for come first. */
const MOST_LETTERS = sql.raw("99");

/** How well a document matches, as a whole number. */
function scoreOf(q: string, words: readonly QueryWord[]): SQL<number> {
  const name = documents.words;
  const phrase = ` ${words.map(({ word }) => word).join(" ")}`;
  const id = q.trim();
  const parts = [
    sql`CASE WHEN ${documents.productId} IN (${id}, ${`${id}-1`}) COLLATE NOCASE THEN ${EXACT_ID} ELSE 0 END`,
    sql`CASE WHEN ${name} = ${`${phrase} `} THEN ${EXACT_NAME} WHEN instr(${name}, ${phrase}) = 1
      THEN ${PHRASE_FIRST} WHEN instr(${name}, ${phrase}) > 0 THEN ${PHRASE} ELSE 0 END`,
    ...words.map(({ word, near }) => wordScore(name, word, near)),
    ...words.filter(({ word }) => /\d/.test(word)).map(({ word }) => idScore(word)),
    sql`-min(length(${name}), ${MOST_LETTERS})`,
  ];
  return sql<number>`(${sql.join(parts, sql` + `)})`;
}

/** A number among the words may be a set's, which people call without its variant. */
function idScore(word: string): SQL {
  return sql`CASE WHEN ${documents.productId} IN (${word}, ${`${word}-1`}) COLLATE NOCASE THEN ${ID_AMONG_WORDS} ELSE 0 END`;
}

function wordScore(name: typeof documents.words, word: string, near: readonly string[]): SQL {
  const cases = [
    sql`WHEN instr(${name}, ${` ${word} `}) > 0 THEN ${WHOLE_WORD}`,
    sql`WHEN instr(${name}, ${` ${word}`}) > 0 THEN ${BEGINNING}`,
    ...near.map((other) => sql`WHEN instr(${name}, ${` ${other} `}) > 0 THEN ${NEAR_WORD}`),
    ...near.map((other) => sql`WHEN instr(${name}, ${` ${other}`}) > 0 THEN ${NEAR_BEGINNING}`),
  ];
  return sql`CASE ${sql.join(cases, sql` `)} ELSE 0 END`;
}

export interface FoundIds {
  productIds: string[];
  nextCursor: string | null;
}

const SORT = "relevance";

/** A page may hold fewer than asked for, where a block ends. Throws `SearchUnavailable`, or `BadCursor`. */
export async function byRelevance(
  search: D1Database,
  query: RelevanceQuery,
  carried: string,
): Promise<FoundIds> {
  const { q, words, match, where, limit } = query;
  const [after = 0, score = null, last = 0] = numbersIn(query.cursor);
  const index = replica(search);
  const block = sql`(SELECT rowid AS document FROM entries WHERE entries MATCH ${match} AND rowid > ${after}
    ORDER BY rowid LIMIT ${RELEVANCE_BLOCK_MATCHES})`;
  const scored = index
    .select({
      productId: documents.productId,
      document: documents.document,
      score: scoreOf(q, words).as("score"),
    })
    .from(sql`${block} AS matches`)
    // A cross join keeps its order: each match is looked at as it comes.
    .crossJoin(documents)
    .where(and(sql`${documents.document} = matches.document`, where))
    .as("scored");
  const isAfter = sql`(${scored.score} < ${score} OR (${scored.score} = ${score} AND ${scored.document} > ${last}))`;
  const page = index
    .select()
    .from(scored)
    .where(score === null ? undefined : isAfter)
    .orderBy(desc(scored.score), scored.document)
    .limit(limit + 1);
  const size = index
    .select({ size: sql<number>`count(*)`, end: sql<number | null>`max(document)` })
    .from(sql`${block}`);
  const [rows, [looked]] = await inTime(index.batch([page, size]));
  const shown = rows.slice(0, limit);
  const lastShown = shown.at(-1);
  const goesOn =
    rows.length > limit && lastShown
      ? [after, lastShown.score, lastShown.document]
      : looked && looked.size === RELEVANCE_BLOCK_MATCHES && looked.end !== null
        ? [looked.end, null, 0]
        : null;
  return {
    productIds: shown.map(({ productId }) => productId),
    nextCursor: goesOn && encodeCursor(SORT, [...goesOn, carried]),
  };
}

function numbersIn(cursor: string | undefined): [number?, (number | null)?, number?] {
  const [after, score, last] = decodeCursor(cursor, SORT, ["number", "number?", "number", "string"]) ?? [];
  if (after === undefined) return [];
  if (typeof after !== "number" || typeof score === "string" || typeof last !== "number")
    throw new BadCursor();
  return [after, score ?? null, last];
}

/** What a cursor of this order carries. Throws `BadCursor`. */
export function carriedMeaning(cursor: string | undefined): string | undefined {
  const carried = decodeCursor(cursor, SORT, ["number", "number?", "number", "string"])?.[3];
  return typeof carried === "string" ? carried : undefined;
}
