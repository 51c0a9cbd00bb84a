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
CREATE TABLE `hold_counts` (
	`owner` text PRIMARY KEY NOT NULL,
	`holds` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `hold_counts` SELECT `owner`, COUNT(*) FROM `reservations` WHERE `state` = 'held' AND `owner` IS NOT NULL GROUP BY `owner`;
