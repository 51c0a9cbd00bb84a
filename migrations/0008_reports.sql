CREATE TABLE `report_progress` (
	`id` integer PRIMARY KEY NOT NULL,
	`offset` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `report_sums` (
	`grain_ms` integer NOT NULL,
	`start_ms` integer NOT NULL,
	`product_id` text NOT NULL,
	`sold` integer NOT NULL,
	`sold_count` integer NOT NULL,
	`held` integer NOT NULL,
	`held_count` integer NOT NULL,
	`expired` integer NOT NULL,
	`expired_count` integer NOT NULL,
	`released` integer NOT NULL,
	`released_count` integer NOT NULL,
	`returned` integer NOT NULL,
	`returned_count` integer NOT NULL,
	`added` integer NOT NULL,
	`added_count` integer NOT NULL,
	`first_at_ms` integer NOT NULL,
	`last_at_ms` integer NOT NULL,
	PRIMARY KEY(`grain_ms`, `start_ms`, `product_id`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `report_progress` (`id`, `offset`) VALUES (1, 0);
