/** Before each test file: the book with its tables, as a deploy would leave it. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.BOOK, env.BOOK_MIGRATIONS);
