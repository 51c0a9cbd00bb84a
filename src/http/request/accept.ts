/** Which of the media types a route offers the caller takes (RFC 9110, 12.5.1). */
import { ProblemError } from "../problem";

interface Range {
  type: string;
  quality: number;
}

/** The best of `offered`, which the server prefers in that order. Throws a problem when none will do. */
export function negotiate<T extends string>(accept: string | null, offered: readonly [T, ...T[]]): T {
  if (accept === null || accept === "" || accept === "*/*" || accept === offered[0]) return offered[0];
  const ranges = accept.split(",").map(parseRange);
  const rated = offered.map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const [best] = rated.filter(({ quality }) => quality > 0).toSorted((a, b) => b.quality - a.quality);
  if (best) return best.type;
  throw new ProblemError({
    code: "not_acceptable",
    detail: `This answers ${offered.join(" or ")}.`,
    extensions: { offered },
  });
}

function parseRange(range: string): Range {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: Number.isNaN(quality) ? 1 : quality };
}

/** The most specific range that covers the type decides, as the standard has it. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.slice(0, type.indexOf("/"))}/*`;
  for (const wanted of [type, family, "*/*"]) {
    const range = ranges.find((candidate) => candidate.type === wanted);
    if (range) return range.quality;
  }
  return 0;
}
