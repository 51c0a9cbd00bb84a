/**
 * Words as the search index has them, of what is indexed and of what is asked for alike: lower case, without accents, letters
 * and digits only.
 */
import { MAX_QUERY_WORDS, MAX_WORD_CHARS } from "../limits/search";

/** Letters that Unicode does not take apart into a letter and an accent. */
const PLAIN: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ł: "l",
  þ: "th",
  ı: "i",
};
const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "gu");
const APOSTROPHES = /['’‘ʼ`´]/gu;
/** Words that are written as one: X-Wing, R2-D2, T.I.E. */
const COMPOUND = /[\p{L}\p{N}]+(?:[-./&+][\p{L}\p{N}]+)*/gu;
const WORD = /[\p{L}\p{N}]+/gu;

function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(APOSTROPHES, "")
    .replace(SPECIAL, (letter) => PLAIN[letter] ?? letter);
}

/** In their order. */
export function wordsOf(text: string): string[] {
  return (fold(text).match(WORD) ?? []).map((word) => word.slice(0, MAX_WORD_CHARS));
}

/** The words, and those that belong together also as one: people write "x wing", "x-wing" and "xwing". */
export function indexedWords(text: string): string[] {
  return (fold(text).match(COMPOUND) ?? []).flatMap((compound) => {
    const parts = wordsOf(compound);
    return parts.length > 1 ? [...parts, parts.join("").slice(0, MAX_WORD_CHARS)] : parts;
  });
}

/** "Ultimate Collector Series" is called UCS: the initials of three words or more. */
export function initials(text: string): string | undefined {
  const words = wordsOf(text);
  return words.length < 3 ? undefined : words.map((word) => word[0]).join("");
}

/** What is looked for: the first few different words of whatever somebody typed. */
export function queryWords(text: string): string[] {
  return [...new Set(wordsOf(text))].slice(0, MAX_QUERY_WORDS);
}

const ALPHABET = Array.from("abcdefghijklmnopqrstuvwxyz0123456789");

/** A short word has too many neighbours, and a number one digit off is another number. */
export function mayBeMisspelt(word: string): boolean {
  return word.length >= 4 && /\p{L}/u.test(word);
}

/** Everything that is one slip away: a letter too many, too few or wrong, or two that changed places. */
export function neighbours(word: string): string[] {
  const letters = Array.from(word);
  const alphabet = new Set([...ALPHABET, ...letters]);
  const found = new Set<string>();
  for (let at = 0; at <= letters.length; at += 1) {
    const before = letters.slice(0, at).join("");
    const [here = "", next = "", ...rest] = letters.slice(at);
    const after = next + rest.join("");
    for (const letter of alphabet) {
      found.add(before + letter + here + after);
      if (here) found.add(before + letter + after);
    }
    if (here) found.add(before + after);
    if (next) found.add(before + next + here + rest.join(""));
  }
  found.delete(word);
  return [...found];
}
