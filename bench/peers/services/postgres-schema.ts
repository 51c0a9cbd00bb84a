/** Tables and functions of the services on PostgreSQL. */

export const SCHEMA = `
  CREATE TABLE products (
    id text PRIMARY KEY,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    CHECK (reserved <= on_hand)
  ) WITH (fillfactor = 50);
  CREATE TABLE holds (
    id uuid PRIMARY KEY,
    product_id text NOT NULL,
    order_id text NOT NULL,
    quantity bigint NOT NULL,
    version bigint NOT NULL,
    expires_at timestamptz NOT NULL
  );
  CREATE TABLE events (
    product_id text NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    body jsonb NOT NULL,
    PRIMARY KEY (product_id, version)
  );
  CREATE TABLE keys (key text PRIMARY KEY, hold_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now());

  CREATE FUNCTION reserve(p_key text, p_product text, p_order text, p_quantity bigint, p_hold uuid, p_expires timestamptz,
    OUT outcome text, OUT hold_id uuid, OUT hold_version bigint, OUT hold_expires timestamptz) LANGUAGE plpgsql AS $$
  BEGIN
    hold_id := p_hold;
    hold_expires := p_expires;
    INSERT INTO keys (key, hold_id) VALUES (p_key, p_hold) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      SELECT 'replayed', h.id, h.version, h.expires_at INTO outcome, hold_id, hold_version, hold_expires
      FROM keys k JOIN holds h ON h.id = k.hold_id WHERE k.key = p_key;
      RETURN;
    END IF;
    UPDATE products p SET reserved = p.reserved + p_quantity, version = p.version + 1
    WHERE p.id = p_product AND p.on_hand - p.reserved >= p_quantity RETURNING p.version INTO hold_version;
    IF NOT FOUND THEN
      DELETE FROM keys WHERE key = p_key;
      outcome := 'insufficient_stock';
      RETURN;
    END IF;
    INSERT INTO holds VALUES (p_hold, p_product, p_order, p_quantity, hold_version, p_expires);
    INSERT INTO events (product_id, version, body) VALUES (p_product, hold_version,
      jsonb_build_object('type', 'reservation.held', 'reservationId', p_hold, 'orderId', p_order, 'quantity', p_quantity));
    outcome := 'held';
  END $$;

  CREATE FUNCTION reserve_all(commands jsonb)
    RETURNS TABLE (outcome text, hold_id uuid, hold_version bigint, hold_expires timestamptz) LANGUAGE plpgsql AS $$
  DECLARE command jsonb;
  BEGIN
    FOR command IN SELECT * FROM jsonb_array_elements(commands) LOOP
      RETURN QUERY SELECT * FROM reserve(command ->> 'key', command ->> 'productId', command ->> 'orderId',
        (command ->> 'quantity')::bigint, (command ->> 'holdId')::uuid, (command ->> 'expiresAt')::timestamptz);
    END LOOP;
  END $$;
`;

export const TOTALS = `
  SELECT (SELECT coalesce(sum(reserved), 0)::float8 FROM products) AS reserved,
    (SELECT count(*)::float8 FROM products WHERE reserved > on_hand) AS oversold,
    (SELECT coalesce(sum(quantity), 0)::float8 FROM holds) AS holds,
    (SELECT count(*)::float8 FROM events) AS events, (SELECT count(*)::float8 FROM keys) AS keys
`;
