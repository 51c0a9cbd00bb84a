/** The keys of local development: .dev.vars, made from its example when it is missing. */
import { copyFileSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { PROJECT_DIRECTORY } from "./wrangler.mjs";

/** @returns {{ storefront: string, admin: string }} the first key of each kind */
export function readDevKeys() {
  const file = join(PROJECT_DIRECTORY, ".dev.vars");
  try {
    copyFileSync(`${file}.example`, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const vars = parseEnv(readFileSync(file, "utf8"));
  const keys = { storefront: firstKey(vars.API_KEYS), admin: firstKey(vars.ADMIN_API_KEYS) };
  if (!keys.storefront || !keys.admin)
    throw new Error(".dev.vars needs a key in API_KEYS and one in ADMIN_API_KEYS");
  return keys;
}

/** `key, key=scope scope`; a trailing `=` is part of the key. */
function firstKey(list = "") {
  return list
    .split(",")[0]
    .replace(/=[^=]+$/, "")
    .trim();
}
