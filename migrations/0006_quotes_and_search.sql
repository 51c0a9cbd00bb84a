CREATE TABLE `price_points` (
	`product_id` text NOT NULL,
	`grain_ms` integer NOT NULL,
	`start_ms` integer NOT NULL,
	`source` text NOT NULL,
	`currency` text NOT NULL,
	`open` text NOT NULL,
	`high` text NOT NULL,
	`low` text NOT NULL,
	`close` text NOT NULL,
	`open_at_ms` integer NOT NULL,
	`close_at_ms` integer NOT NULL,
	PRIMARY KEY(`product_id`, `grain_ms`, `start_ms`, `source`, `currency`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `quotes` (
	`product_id` text PRIMARY KEY NOT NULL,
	`amount` text NOT NULL,
	`currency` text NOT NULL,
	`source` text NOT NULL,
	`at_ms` integer NOT NULL,
	`change_24h_percent` text,
	`market_cap` text,
	`volume_24h` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `search_queue` (
	`product_id` text PRIMARY KEY NOT NULL,
	`changes` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `products_source` ON `products` (`source_name`,`source_external_id`,`product_id`) WHERE source_name IS NOT NULL;
