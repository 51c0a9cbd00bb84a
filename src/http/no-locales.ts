/** Takes the place of zod's messages in fifty languages (see wrangler.toml). */
export const locales = {};
