/** A service that nothing was done with yet: each page says in a sentence what will be there, and what helps. */
import { checkState } from "./states.ts";
import { NOTHING_ASKED, type Console } from "./window.ts";

const PAGES: readonly (readonly [name: string, path: string, says: string])[] = [
  ["products", "/", "There are no products yet."],
  ["low-stock", "/console/low-stock", "Nothing is low."],
  ["holds", "/console/holds", "Nothing is held."],
  ["orders", "/console/orders", "No order holds units now."],
  ["events", "/console/events", "Nothing has happened yet."],
  ["reports", "/console/reports", "Nothing was sold in this time."],
  ["webhooks", "/console/webhooks", "Nothing is sent anywhere."],
  ["keys", "/console/keys", "No key was made here yet."],
  ["holds-expired", "/console/holds?state=expired", "No hold has been expired yet"],
  ["event-missing", "/console/events?at=77", "The log ends before offset 77."],
  ["health", "/console/health", "has not verified any product by itself yet"],
];

const AT_ONCE = 3;

export async function walkEmpty(console: Console): Promise<void> {
  const windows = Array.from({ length: AT_ONCE }, async (_, nth) => {
    await using window = await console.open({ key: console.test.server.keys.admin, path: NOTHING_ASKED });
    const { page } = window;
    // There is no search index before the first search asks for one.
    window.allow(503, /\/v1\/products$/);
    for (const [name, path, says] of PAGES.filter((_, place) => place % AT_ONCE === nth)) {
      await page.goto(path);
      await page.getByText(says).first().waitFor();
      await checkState(console, window, `${name}-empty`);
    }
  });
  await Promise.all(windows);
}
