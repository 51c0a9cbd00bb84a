/** The report of a replay, as lines of text. Pure. */
import type { ApiClient } from "../api-client.ts";
import type { Check } from "./checks.ts";
import { TREATMENT_BY_KIND, type Described } from "./lines.ts";
import type { Done } from "./replay.ts";

const MAX_FINDINGS_SHOWN = 20;
const MAX_CODES_SHOWN = 20;

interface Run {
  done: Done;
  counts: ApiClient["counts"];
  lines: number;
  seconds: number;
  /** Units. */
  opening: number;
}

export function lineSummary(described: Described, total: number): string[] {
  const { repeats, caseTwins, serviceCodes } = described;
  const countByKind = new Map<string, number>(described.countByKind);
  const kinds = Object.entries(TREATMENT_BY_KIND).map(([kind, treatment]) =>
    row(countByKind.get(kind) ?? 0, kind, treatment),
  );
  const more = serviceCodes.length > MAX_CODES_SHOWN ? " …" : "";
  return [
    row(total, "lines"),
    ...kinds,
    row(
      repeats,
      "repeats",
      "equal to an earlier line of their invoice in every field: real lines, in the sum",
    ),
    row(caseTwins, "codes", "that another differs from in case alone: products of their own"),
    `Left out as no stock: ${serviceCodes.slice(0, MAX_CODES_SHOWN).join(", ") || "none"}${more}`,
  ];
}

export function runSummary({ done, counts, lines, seconds, opening }: Run): string[] {
  const { products, receipts, orders, holds, confirms, returns, adjustments } = done;
  const perSecond = (count: number) => `${Math.round(count / seconds)} a second`;
  return [
    row(products, "products", `${receipts} of them with a receipt, ${opening} units in all`),
    row(orders, "orders", "held, then confirmed"),
    row(holds, "holds"),
    row(confirms, "confirms"),
    row(returns, "returns", "to reservations"),
    ...Object.entries(adjustments).map(([type, count]) => row(count, type, "adjustments")),
    row(counts.calls, "calls", `${counts.retries} retries, ${counts.replayed} answered from an earlier try`),
    row(Math.round(seconds), "seconds", `${perSecond(counts.calls)} calls, ${perSecond(lines)} lines`),
  ];
}

export function checkSummary(checks: Check[]): string[] {
  return checks.flatMap(({ name, about, findings }) => {
    const verdict = findings.length === 0 ? "ok" : `${findings.length} DIFFERENCES`;
    const shown = findings.slice(0, MAX_FINDINGS_SHOWN).map((finding) => `    ${finding}`);
    const more = findings.length - shown.length;
    return [`${verdict}: ${name}: ${about}`, ...shown, ...(more > 0 ? [`    and ${more} more`] : [])];
  });
}

function row(count: number, what: string, note = ""): string {
  return `${String(count).padStart(9)}  ${what.padEnd(10)}  ${note}`.trimEnd();
}
