/** Reports: sums, windows, and what is counted without an event. When code moves, `file` and `search` move along (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

const SUMS = ["test/d1/report-sums.test.ts"];
const OVER_THE_WIRE = acceptance("reports");
const DEMAND = acceptance("report-demand");
const SKETCH = ["test/telemetry/heavy-hitters.test.ts"];

export const reportMutants: readonly Mutant[] = [
  {
    name: "adds an event to the reports twice",
    file: "src/d1/report-sums.ts",
    search: "SET offset = (SELECT upto FROM stretch)",
    replace: "SET offset = (SELECT upto - 1 FROM stretch)",
    tests: SUMS,
  },
  {
    name: "leaves the oldest event out of the reports",
    file: "src/d1/report-sums.ts",
    search: "oldest - 1) AS after",
    replace: "oldest) AS after",
    tests: SUMS,
  },
  {
    name: "reports what passes to another hold as given back",
    file: "src/d1/report-sums.ts",
    search: "iif(body ->> '$.data.supersededBy' IS NULL, ${data(\"releasedQuantity\")}, 0)",
    replace: '${data("releasedQuantity")}',
    tests: SUMS,
  },
  {
    name: "reports units as held twice when a hold takes them over",
    file: "src/domain/commands/reserve.ts",
    search: "{ ...data, takenOver: own.held }",
    replace: "data",
    tests: OVER_THE_WIRE,
  },
  {
    name: "reports nothing of the rest of a hold confirmed in part",
    file: "src/domain/commands/confirm.ts",
    search: "...(rest > 0 && { releasedQuantity: rest }),",
    replace: "",
    tests: OVER_THE_WIRE,
  },
  {
    name: "begins the window of a report too late",
    file: "src/domain/report.ts",
    search: "stretchStart(nowMs - lengthMs, interval)",
    replace: "stretchStart(nowMs - lengthMs, interval) + grainMs",
    tests: OVER_THE_WIRE,
  },
  {
    name: "repeats the last product of a page of a report",
    file: "src/d1/reports.ts",
    search: "product_id > ?6",
    replace: "product_id >= ?6",
    tests: OVER_THE_WIRE,
  },
  {
    name: "drops the sums of reports that are young enough",
    file: "src/d1/report-sums.ts",
    search: "(g.value ->> 'sinceMs') - (g.value ->> 'grainMs')",
    replace: "(g.value ->> 'sinceMs') + (g.value ->> 'grainMs')",
    tests: SUMS,
  },
  {
    name: "claims more of a name than was counted",
    file: "src/telemetry/heavy-hitters.ts",
    search: "count: count - inherited",
    replace: "count",
    tests: SKETCH,
  },
  {
    name: "calls counts exact though names had to make room",
    file: "src/telemetry/heavy-hitters.ts",
    search: "full ? this.#lowest()[1] : 0",
    replace: "full ? 0 : 0",
    tests: SKETCH,
  },
  {
    name: "says nothing of refusals that could not be counted",
    file: "src/http/clients/demand.ts",
    search: "tallies.reduce((sum, { count }) => sum + count, lost)",
    replace: "lost",
    tests: ["test/http/clients/demand.test.ts"],
  },
  {
    name: "shows what one customer alone has searched for",
    file: "src/http/reports/routes.ts",
    search: "atLeast: MIN_SEARCHES_SHOWN",
    replace: "atLeast: 1",
    tests: DEMAND,
  },
  {
    name: "counts further pages as searches",
    file: "src/http/clients/search.ts",
    search: "if (query.cursor === undefined) countSearch",
    replace: "countSearch",
    tests: DEMAND,
  },
  {
    name: "counts dry runs as refused demand",
    file: "src/http/clients/product.ts",
    search: "if (options.dryRun !== true) countRefusals",
    replace: "countRefusals",
    tests: DEMAND,
  },
];
