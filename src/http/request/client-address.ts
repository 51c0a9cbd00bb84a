/**
 * Where a request comes from, as the platform says it: the one header that a caller cannot choose. What callers and
 * other proxies say (`X-Forwarded-For`, `X-Real-IP`, `Forwarded`) is never read.
 */
import { IPv6, parse } from "ipaddr.js";

/** Everybody, where the platform names no address: on a developer's machine. */
const NOWHERE = "unknown";

const MAX_ADDRESS_CHARS = 45;

/** Of IPv6 the first 64 bits: whoever has one such address has all the others of its network. */
export function clientAddressOf(headers: Headers): string {
  const address = headers.get("CF-Connecting-IP");
  if (address === null || address.length > MAX_ADDRESS_CHARS) return NOWHERE;
  return address.includes(":") ? networkOf(address) : address;
}

function networkOf(address: string): string {
  try {
    const parsed = parse(address);
    if (!(parsed instanceof IPv6)) return address;
    if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
    return `${new IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
  } catch {
    return NOWHERE;
  }
}
