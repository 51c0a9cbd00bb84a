import { describe, expect, it } from "vitest";
import { outboundUrlFault } from "../../src/domain/outbound-url";

const PRODUCTION = { allowsLocalhost: false };
const DEVELOPMENT = { allowsLocalhost: true };

const PUBLIC = [
  "https://hooks.example.com",
  "https://hooks.example.com:8443/in?from=holdfast#top",
  "HTTPS://HOOKS.EXAMPLE.COM/IN",
  "https://hooks.example.com./in",
  "https://localhost.example.com",
  "https://internal.example.com",
  "https://home.arpa.example.com",
  "https://münchen.example",
  "https://1.1.1.1/in",
  "https://172.15.255.255",
  "https://172.32.0.1",
  "https://100.63.255.255",
  "https://[2606:4700:4700::1111]/in",
];

/** None of these may be called, whatever the settings are. */
const INNER = [
  "https://10.0.0.1",
  "https://10.255.255.255:8443/in",
  "https://172.16.0.1",
  "https://172.31.255.254",
  "https://192.168.1.1",
  "https://169.254.169.254/latest/meta-data",
  "https://168.63.129.16/machine",
  "https://100.64.0.1",
  "https://100.100.100.200",
  "https://0.0.0.0",
  "https://0",
  "https://127.0.0.2",
  "https://192.0.0.8",
  "https://192.0.2.1",
  "https://198.18.0.1",
  "https://198.51.100.7",
  "https://203.0.113.9",
  "https://224.0.0.1",
  "https://240.0.0.1",
  "https://255.255.255.255",
  // 169.254.169.254, 10.0.0.1 and 192.168.0.1 in other spellings.
  "https://2852039166",
  "https://0xa9fea9fe",
  "https://0xA9.0xFE.0xA9.0xFE",
  "https://0251.0376.0251.0376",
  "https://169.254.43518",
  "https://169.254.169.254.",
  "https://10.1",
  "https://0xa.1",
  "https://１９２.１６８.0.1",
  "https://192。168。0。1",
  "https://%31%30.0.0.1",
  "https://[::]",
  "https://[::ffff:10.0.0.1]",
  "https://[::ffff:a9fe:a9fe]",
  "https://[0:0:0:0:0:ffff:7f00:1]",
  "https://[::10.0.0.1]",
  "https://[::ffff:0:10.0.0.1]",
  "https://[64:ff9b::a9fe:a9fe]",
  "https://[64:ff9b:1::10.0.0.1]",
  "https://[2002:a9fe:a9fe::1]",
  "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
  "https://[fe80::1]",
  "https://[fec0::1]",
  "https://[fc00::1]",
  "https://[fd00:ec2::254]",
  "https://[FD00:EC2::254]",
  "https://[ff02::1]",
  "https://[100::1]",
  "https://[2001:db8::1]",
  "https://[4000::1]",
  "https://metadata.google.internal/computeMetadata/v1",
  "https://METADATA.GOOGLE.INTERNAL.",
  "https://metadata",
  "https://kubernetes",
  "https://app.localhost",
  "https://printer.local",
  "https://db.internal",
  "https://nas.home.arpa",
  "https://home.arpa",
  "https://router.lan",
  "https://wiki.corp",
  "https://ldap.intranet",
  "https://localhost.localdomain",
];

/** Allowed in development only. */
const OWN_MACHINE = [
  "https://localhost",
  "http://localhost:8080/in",
  "http://LOCALHOST:8080/in",
  "http://127.0.0.1:8080/in",
  "https://127.0.0.1",
  "http://[::1]:8080/in",
  "http://2130706433",
  "http://0x7f.1",
  "http://017700000001",
  "http://127.1",
];

describe("an outbound URL", () => {
  it.each(PUBLIC)("%s may be called", (url) => {
    expect(outboundUrlFault(url, PRODUCTION)).toBeUndefined();
    expect(outboundUrlFault(url, DEVELOPMENT)).toBeUndefined();
  });

  it.each(INNER)("%s leads inwards", (url) => {
    expect(outboundUrlFault(url, PRODUCTION)).toBe("must lead to a public address");
    expect(outboundUrlFault(url, DEVELOPMENT)).toBe("must lead to a public address");
  });

  it.each(OWN_MACHINE)("%s may be called in development only", (url) => {
    expect(outboundUrlFault(url, PRODUCTION)).toMatch(/^must /);
    expect(outboundUrlFault(url, DEVELOPMENT)).toBeUndefined();
  });

  it.each([
    ["http://hooks.example.com", "must begin with https://"],
    ["http://10.0.0.1", "must begin with https://"],
    ["http://localhost./in", "must begin with https://"],
    ["ftp://hooks.example.com", "must begin with https://"],
    ["file:///etc/passwd", "must begin with https://"],
    ["javascript:alert(1)", "must begin with https://"],
    ["data:text/plain,x", "must begin with https://"],
    ["wss://hooks.example.com", "must begin with https://"],
    ["https://user@hooks.example.com", "may not contain a user name or a password"],
    ["https://:secret@hooks.example.com", "may not contain a user name or a password"],
    ["https://hooks.example.com@10.0.0.1", "may not contain a user name or a password"],
    ["http://user:x@localhost", "may not contain a user name or a password"],
    ["hooks.example.com", "is not a URL"],
    ["//hooks.example.com", "is not a URL"],
    ["https://", "is not a URL"],
    ["https://exa mple.com", "is not a URL"],
    ["https://256.1.1.1", "is not a URL"],
    ["https://[::1", "is not a URL"],
    ["", "is not a URL"],
  ])("%s is refused: it %s", (url, fault) => {
    expect(outboundUrlFault(url, DEVELOPMENT)).toBe(fault);
  });
});
