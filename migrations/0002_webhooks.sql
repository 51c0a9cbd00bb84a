CREATE TABLE `webhooks` (
	`webhook_id` text PRIMARY KEY NOT NULL,
	`created_at_ms` integer NOT NULL,
	`key` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhooks_key` ON `webhooks` (`key`) WHERE key IS NOT NULL;