/** What the fuzzer sends and gets, whoever carries it. */
import type { Operation } from "./document.ts";

export interface FuzzRequest {
  operation: Operation;
  method: string;
  /** The path with its query, as it goes out. */
  target: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** What is wrong with it; none: nothing that the document could say. */
  faults: readonly string[];
}

export interface FuzzAnswer {
  status: number;
  headers: Headers;
  /** None of a stream of events, which has no end. */
  text: string;
}

export type Send = (request: FuzzRequest) => Promise<FuzzAnswer>;

const SHOWN_CHARS = 600;

export function shown({ method, target, headers, body, faults }: FuzzRequest): string {
  const sent = typeof body === "string" ? body : `${body?.length ?? 0} bytes`;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const of = faults.length > 0 ? ` (${faults.join(", ")})` : "";
  return [`${method} ${target}${of}`, ...lines, sent].join("\n").slice(0, SHOWN_CHARS * 2);
}

export function shownAnswer({ status, headers, text }: FuzzAnswer): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  return [status, ...lines, text.slice(0, SHOWN_CHARS)].join("\n");
}
