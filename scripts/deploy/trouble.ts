/** What ended a deploy, and what whoever runs it can do about it. */
import { errorText } from "../command.ts";

export class Trouble extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** What fails in `work` becomes trouble with this remedy, unless it knows a better one. */
export async function orElse<T>(remedy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Trouble ? error : new Trouble(errorText(error), remedy);
  }
}
