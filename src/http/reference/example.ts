/**
 * What the document says of an operation beside its contract. It is read where the document is made, never by the Worker:
 * nothing here weighs anything there.
 *
 * Examples run against the demo data of `npm start`, in the order of the document (`test/e2e/reference.ts`). Their answers stand
 * in `answers.json`; after a new example: `npm run openapi`, `npx node test/e2e/reference.ts --record`, `npm run openapi`. An id
 * that one answer gives and another example asks for is that of the recorded answer; write it there first.
 */
import type { ProblemCode } from "../problem";

interface Request {
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean>;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface Example extends Request {
  summary: string;
  /** Of the body, where it is not JSON. */
  type?: string;
  status: number;
}

/** As the first example, but for what is given here. Without a key where the code is `unauthenticated`, a shop's where it is `forbidden`. */
export interface ErrorExample extends Request {
  code: ProblemCode;
  status?: number;
}

export interface OperationReference {
  /** What it does, and when to use it. */
  description: string;
  /** Where it is not as for most: a read may be repeated, a change needs an idempotency key. */
  retry?: string;
  examples: [Example, ...Example[]];
  error: ErrorExample;
}
