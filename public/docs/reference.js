/** Draws the reference from the document next door. Everything it shows and runs comes from this origin. */
SwaggerUIBundle({
  dom_id: "#reference",
  url: "/openapi.json",
  // The default asks a public service to judge the document.
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  operationsSorter: "method",
  tryItOutEnabled: true,
});
