/**
 * Where a webhook may point: a public https address. A URL's own parser comes first, so that every spelling of an address
 * (decimal, hexadecimal, octal, full-width digits, a trailing dot) is judged as what it means. Names are judged as names:
 * what they resolve to is not known here, and the platform's own network is not reachable from a Worker's fetch.
 */
import ipaddr from "ipaddr.js";

export interface OutboundRules {
  /** For development: http and https to `localhost`, `127.0.0.1` and `[::1]`. */
  allowsLocalhost: boolean;
}

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Domains that never lead out of somebody's own network. */
const INNER_DOMAINS = new Set([
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "lan",
  "corp",
  "home",
]);
const INNER_SUFFIX = ".home.arpa";

/** Global unicast (RFC 4291, 2.4): all else is reserved, local, or carries an IPv4 address inside. */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/** Answers its guests in one big cloud, on an address that looks public. */
const METADATA_ADDRESSES = new Set(["168.63.129.16"]);

/** Why nothing may be sent there; undefined when it may. */
export function outboundUrlFault(text: string, { allowsLocalhost }: OutboundRules): string | undefined {
  if (!URL.canParse(text)) return "is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "may not contain a user name or a password";
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (allowsLocalhost && isWeb && LOOPBACK_HOSTS.has(url.hostname)) return undefined;
  if (url.protocol !== "https:") return "must begin with https://";
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  const inner = ipaddr.isValid(host) ? isInnerAddress(host) : isInnerName(host);
  return inner ? "must lead to a public address" : undefined;
}

function isInnerAddress(host: string): boolean {
  const address = ipaddr.parse(host);
  if (METADATA_ADDRESSES.has(host) || address.range() !== "unicast") return true;
  return address.kind() === "ipv6" && !address.match(GLOBAL_IPV6);
}

function isInnerName(host: string): boolean {
  const dot = host.lastIndexOf(".");
  return dot < 1 || INNER_DOMAINS.has(host.slice(dot + 1)) || `.${host}`.endsWith(INNER_SUFFIX);
}
