/** A problem document as a page: what happened, why, and what to do. */
import type { ProblemDocument } from "../problem";
import { htmlOf, PAGE_HEADERS } from "./page";

const ADVICE: Record<number, string> = {
  401: "Pages are open to browsers where the service says PUBLIC_CATALOG_READS; programs send a key.",
  404: "It may have been removed, or its number was misspelt.",
  500: "It is not your doing. Trying again later may help.",
  503: "Trying again in a moment usually helps.",
};

export function errorPage(problem: ProblemDocument) {
  const { title, status, detail, requestId, errors = [] } = problem;
  const body = htmlOf({
    title,
    children: (
      <article class="problem">
        <p class="soft">Error {status}</p>
        <h1>{title}</h1>
        {errors.length === 0 ? (
          <p>
            <bdi>{detail}</bdi>
          </p>
        ) : (
          <ul>
            {errors.map(({ path, message }) => (
              <li>
                <code>
                  <bdi>{path}</bdi>
                </code>{" "}
                {message}
              </li>
            ))}
          </ul>
        )}
        {ADVICE[status] !== undefined && <p>{ADVICE[status]}</p>}
        <p class="soft">
          Request <code>{requestId}</code>
        </p>
      </article>
    ),
  });
  return { body, headers: PAGE_HEADERS };
}
