/** Listeners that come back: what they had is not sent again, and nothing between is left out (npm run test:mutants). */
import { acceptance, type Mutant } from "./mutant.ts";

const LOG = ["test/objects/hub/log-feed.test.ts"];
const LEVELS = ["test/objects/hub/level-feed.test.ts"];

export const liveMutants: readonly Mutant[] = [
  {
    name: "sends a level again to a listener that has it",
    file: "src/objects/hub/level-feed.ts",
    search: "sinceByProduct?.get(productId) ?? 0",
    replace: 'sinceByProduct?.get("") ?? 0',
    tests: acceptance("live"),
  },
  {
    name: "forgets over the hub's sleep which level a listener has",
    file: "src/objects/hub/level-feed.ts",
    search: "this.#add(subscriber, productId, Number(version))",
    replace: "this.#add(subscriber, productId, 0 * Number(version))",
    tests: LEVELS,
  },
  {
    name: "keeps a level from a listener that was sent it before the sleep",
    file: "src/objects/hub/level-broadcasts.ts",
    search: "sent >= version) return;",
    replace: "sent > version) return;",
    tests: LEVELS,
  },
  {
    name: "lets a level fall",
    file: "src/objects/hub/level-feed.ts",
    search: "if (topic.level && level.version <= topic.level.version) return true;",
    replace: "if (topic.level && level.version === topic.level.version) return true;",
    tests: LEVELS,
  },
  {
    name: "takes a follower of the log for one that has everything after the hub's sleep",
    file: "src/objects/hub/hub-object.ts",
    search: "else this.#log.join(listener, kept.next);",
    replace: "else this.#log.join(listener, kept.next === -1 ? -1 : null);",
    tests: acceptance("live-book"),
  },
  {
    name: "goes live with a follower that is still behind",
    file: "src/objects/hub/log-follower.ts",
    search: "if (known?.length === 0) {",
    replace: "if (known) {",
    tests: LOG,
  },
  {
    name: "begins a follower one event after the one it asked for",
    file: "src/objects/hub/log-follower.ts",
    search: "tail.from(next, HUB_PAGE_EVENTS)",
    replace: "tail.from(next + 1, HUB_PAGE_EVENTS)",
    tests: LOG,
  },
  {
    name: "sends a follower what it has caught up with again",
    file: "src/objects/hub/log-follower.ts",
    search: "    if (this.next !== null && offset < this.next) return;\n",
    replace: "",
    tests: LOG,
  },
  {
    name: "sends events to a follower that does not read",
    file: "src/objects/hub/log-follower.ts",
    search: "      if (this.listener.ready) {",
    replace: "      if (this.listener.ready || offset > 0) {",
    tests: LOG,
  },
  {
    name: "follows the log only after it was read",
    file: "src/objects/hub/log-feed.ts",
    search: "protected override follow(): Promise<void> {\n    return this.deps.follow();",
    replace:
      "protected override async follow(): Promise<void> {\n    void Promise.resolve().then(() => this.deps.follow());",
    tests: LOG,
  },
];
