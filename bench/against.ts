/**
 * This run beside an earlier one, figure by figure. Only what means something in another hour is compared: ratios within a run, and
 * what is counted. A ratio has moved when the rounds of both runs have nothing in common.
 */
import { decimal, rangeOf } from "./measurement.ts";
import { footprintClaims, rowsClaims } from "./report-rows.ts";
import { table } from "./table.ts";
import type { Result } from "./result.ts";
import type { Spread } from "./statistics.ts";

interface Compared {
  id: string;
  name: string;
  figure: Spread;
}

export function renderAgainst(now: Result, then: Result): string {
  const earlier = new Map(figuresOf(then).map((one) => [`${one.id} ${one.name}`, one.figure]));
  const rows = figuresOf(now).flatMap(({ id, name, figure }) => {
    const before = earlier.get(`${id} ${name}`);
    if (!before) return [];
    const change = before.median === 0 ? "" : `${decimal((figure.median / before.median - 1) * 100, 1)} %`;
    return [[id, name, cell(before), cell(figure), change, verdict(before, figure)]];
  });
  return [
    `## Beside the run of ${then.at}`,
    "",
    table(["#", "figure", "then", "now", "change", ""], rows),
    "",
    "Ratios and counts; lowest to highest round in brackets. *Moved*: no round of this run lies among those of the other. " +
      `Then: ${then.pace.rounds} rounds of ${then.pace.sampleMs / 1000} s, workerd ${then.machine.workerd}, ` +
      `${then.machine.cores} cores of ${then.machine.cpuModel}.`,
  ].join("\n");
}

function figuresOf(result: Result): Compared[] {
  const { measurements, counted, gzipBytes, startup } = result;
  const exact = [...(counted ? rowsClaims(counted) : []), ...footprintClaims({ gzipBytes, startup })];
  const groups = [...measurements.map(({ id, claims }) => ({ id, claims })), { id: "", claims: exact }];
  return groups.flatMap(({ id, claims }) =>
    claims.flatMap(({ name, figure }) => (figure ? [{ id, name, figure }] : [])),
  );
}

function cell(figure: Spread): string {
  const { median, low, high } = figure;
  return low === high ? decimal(median, 2) : `${decimal(median, 2)} (${rangeOf(figure, 2)})`;
}

function verdict(then: Spread, now: Spread): string {
  const apart = now.low > then.high || now.high < then.low;
  return apart ? "moved" : "";
}
