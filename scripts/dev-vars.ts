/** The keys of local development: .dev.vars, made with the keys of the demo when it is missing. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { PROJECT_DIRECTORY } from "./wrangler.ts";

const DEMO = `API_KEYS="demo"
ADMIN_API_KEYS="admin-demo"
KEY_ID_SECRET="development"
`;

/** The first key of each kind. */
export interface DevKeys {
  storefront: string;
  admin: string;
}

export function readDevKeys(directory = PROJECT_DIRECTORY): DevKeys {
  const file = join(directory, ".dev.vars");
  if (!existsSync(file)) writeFileSync(file, DEMO);
  const vars = parseEnv(readFileSync(file, "utf8"));
  const keys = { storefront: firstKey(vars["API_KEYS"]), admin: firstKey(vars["ADMIN_API_KEYS"]) };
  if (!keys.storefront || !keys.admin)
    throw new Error(".dev.vars needs a key in API_KEYS and one in ADMIN_API_KEYS");
  return keys;
}

/** `key, key=scope scope`; a trailing `=` is part of the key. */
function firstKey(list = ""): string {
  const [first = ""] = list.split(",");
  return first.replace(/=[^=]+$/, "").trim();
}
