/** Draws the reference from the document next door. Everything that it shows and runs comes from this origin. */

// Without this a library in there tries whether it may make functions of texts, which the page's policy reports.
// oxlint-disable-next-line no-underscore-dangle -- the name is that library's
globalThis.__zod_globalConfig = { jitless: true };
await import("/docs/vendor/scalar.js");

Scalar.createApiReference("#reference", {
  url: "/openapi.json",
  baseServerURL: location.origin,
  // Everything else that would ask other hosts.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  documentDownloadType: "direct",
  // The key stays in this browser, until it is taken out again.
  persistAuth: true,
  authentication: { preferredSecurityScheme: "apiKey" },
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  orderSchemaPropertiesBy: "preserve",
  orderRequiredPropertiesFirst: false,
  expandAllResponses: false,
  hideModels: false,
  customCss: `
    .scalar-app { --scalar-font: system-ui, sans-serif; --scalar-font-code: ui-monospace, monospace; }
    .light-mode { --scalar-color-accent: #0b6b57; }
    .dark-mode { --scalar-color-accent: #4fd1ad; }
    /* A whole section is only scrolled to. */
    .scalar-app section:focus-visible { outline: none !important; }
  `,
});
