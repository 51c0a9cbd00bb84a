CREATE TABLE `api_keys` (
	`digest` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`scopes` text NOT NULL,
	`origins` text,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`revoked_at_ms` integer,
	`last_used_at_ms` integer,
	`rotated_at_ms` integer,
	`replaced_at_ms` integer,
	`request` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `api_keys_key` ON `api_keys` (`key_id`);--> statement-breakpoint
CREATE INDEX `reservations_held_sample` ON `reservations` (`owner`) WHERE state = 'held' AND substr(reservation_id, -1) IN ('0', 'G');