CREATE TABLE `event_segments` (
	`first_offset` integer PRIMARY KEY NOT NULL,
	`last_offset` integer NOT NULL,
	`key` text NOT NULL,
	`events` integer NOT NULL,
	`bytes` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
