/** All sources there are, by name. */
import type { SourceName } from "../domain/source";
import { coinGecko } from "./coingecko";
import type { Fetch } from "./fetching";
import { rebrickable } from "./rebrickable";
import type { Source, SourceSettings } from "./source";

const MAKERS: Record<
  SourceName,
  { needsKey: boolean; make(settings: SourceSettings, fetch: Fetch): Source }
> = {
  coingecko: { needsKey: false, make: coinGecko },
  rebrickable: { needsKey: true, make: rebrickable },
};

/** undefined: it is not configured. */
export function makeSource(name: SourceName, settings: SourceSettings, fetch: Fetch): Source | undefined {
  const { needsKey, make } = MAKERS[name];
  const isConfigured = settings.url !== "" && (settings.apiKey !== "" || !needsKey);
  return isConfigured ? make(settings, fetch) : undefined;
}
