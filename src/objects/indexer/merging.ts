/**
 * When the words of the index are merged: after many documents, and after a rebuilding, a step at a time, so that what waits goes
 * first. It saves time for those who search, and nothing depends on it: what fails is tried after as many documents again.
 */
import { MAX_MERGE_STEPS, MERGE_AFTER_DOCUMENTS } from "../../limits/search";
import { mergeEntries } from "../../search/index-writer";

export class Merging {
  /** Documents since the last time, or since this began. */
  #documents = 0;
  /** That may still follow. */
  #steps = 0;

  get isDue(): boolean {
    return this.#steps > 0;
  }

  add(documents: number): void {
    this.#documents += documents;
    if (this.#documents >= MERGE_AFTER_DOCUMENTS) this.begin();
  }

  begin(): void {
    this.#documents = 0;
    this.#steps = MAX_MERGE_STEPS;
  }

  /** Throws `SearchUnavailable`. */
  async step(search: D1Database): Promise<void> {
    if (!this.isDue) return;
    const left = this.#steps - 1;
    this.#steps = 0;
    if (await mergeEntries(search)) this.#steps = left;
  }
}
