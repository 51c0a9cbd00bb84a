CREATE TABLE `events` (
	`offset` integer PRIMARY KEY NOT NULL,
	`product_id` text NOT NULL,
	`version` integer NOT NULL,
	`type` text NOT NULL,
	`movement` text,
	`at_ms` integer NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_product_version` ON `events` (`product_id`,`version`);--> statement-breakpoint
CREATE TABLE `locations` (
	`location_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`priority` integer NOT NULL,
	`country` text,
	`latitude` real,
	`longitude` real,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `products` (
	`product_id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`status` text NOT NULL,
	`barcode` text,
	`image_url` text,
	`tags` text NOT NULL,
	`attributes` text NOT NULL,
	`price_amount` text,
	`price_currency` text,
	`price_value` real,
	`source_name` text,
	`source_external_id` text,
	`minimum_stock_level` integer NOT NULL,
	`maximum_stock_level` integer,
	`max_per_customer` integer,
	`availability` text NOT NULL,
	`on_hand` integer NOT NULL,
	`reserved` integer NOT NULL,
	`available` integer NOT NULL,
	`on_shelf` integer NOT NULL,
	`levels` text NOT NULL,
	`next_expiry_at_ms` integer,
	`version` integer NOT NULL,
	`catalog_version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`stock_updated_at_ms` integer NOT NULL,
	`deleted` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `products_name` ON `products` (`name`,`product_id`);--> statement-breakpoint
CREATE INDEX `products_created` ON `products` (`created_at_ms`,`product_id`);--> statement-breakpoint
CREATE INDEX `products_price` ON `products` (`price_value`,`product_id`);--> statement-breakpoint
CREATE INDEX `products_barcode` ON `products` (`barcode`) WHERE barcode IS NOT NULL;--> statement-breakpoint
CREATE TABLE `reservations` (
	`reservation_id` text PRIMARY KEY NOT NULL,
	`product_id` text NOT NULL,
	`location_id` text NOT NULL,
	`order_id` text,
	`customer_id` text,
	`state` text NOT NULL,
	`quantity` integer NOT NULL,
	`held` integer NOT NULL,
	`confirmed` integer NOT NULL,
	`released` integer NOT NULL,
	`returned` integer NOT NULL,
	`expires_at` text,
	`created_at` text NOT NULL,
	`metadata` text,
	`version` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `reservations_order` ON `reservations` (`order_id`) WHERE order_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `reservations_customer` ON `reservations` (`customer_id`) WHERE customer_id IS NOT NULL;--> statement-breakpoint
INSERT INTO `locations` (`location_id`, `name`, `priority`, `created_at_ms`) VALUES ('main', 'Main', 0, 0);
