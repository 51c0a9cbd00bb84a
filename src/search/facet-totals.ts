/**
 * How many of all documents have which value of a facet. Kept by the batches that change documents, so that facets of the whole
 * catalog are read, not counted. Only what has changed is written, once a batch.
 */

/** Of rows with the fields of documents, as JSON. An attribute may be a text, a number, true or false. */
const valuesOf = (rows: string) => `
  SELECT field.key AS facet, json_quote(field.value) AS value
  FROM ${rows} AS r, json_each(json_object('kind', r.kind, 'status', r.status, 'availability', r.availability)) AS field
  UNION ALL SELECT 'tag', json_quote(tag.value) FROM ${rows} AS r, json_each(r.tags) AS tag
  UNION ALL
  SELECT 'attr.' || a.key, CASE WHEN a.type IN ('true', 'false') THEN a.type ELSE json_quote(a.value) END
  FROM ${rows} AS r, json_each(r.attributes) AS a`;

const ADD = "ON CONFLICT (facet, value) DO UPDATE SET count = count + excluded.count";

/** For documents as JSON, before they are put: what is older than the index has it is not put. */
export const COUNT_PUT = `
  WITH after AS MATERIALIZED (
      SELECT d.value ->> 'productId' AS product_id, d.value ->> 'kind' AS kind, d.value ->> 'status' AS status,
        d.value ->> 'availability' AS availability, d.value ->> 'tags' AS tags, d.value ->> 'attributes' AS attributes
      FROM json_each(?1) AS d LEFT JOIN documents AS known ON known.product_id = d.value ->> 'productId'
      WHERE known.version IS NULL OR known.version <= d.value ->> 'version'),
    before AS MATERIALIZED (SELECT * FROM documents WHERE product_id IN (SELECT product_id FROM after))
  INSERT INTO facet_totals (facet, value, count)
  SELECT facet, value, sum(n) FROM (
    SELECT facet, value, 1 AS n FROM (${valuesOf("after")})
    UNION ALL SELECT facet, value, -1 FROM (${valuesOf("before")}))
  GROUP BY facet, value HAVING sum(n) <> 0
  ${ADD}`;

/** For the ids of products as JSON, before their documents are taken out. */
export const COUNT_REMOVED = `
  WITH gone AS MATERIALIZED (
    SELECT * FROM documents WHERE product_id IN (SELECT value FROM json_each(?1)))
  INSERT INTO facet_totals (facet, value, count)
  SELECT facet, value, -count(*) FROM (${valuesOf("gone")}) WHERE true GROUP BY facet, value
  ${ADD}`;
