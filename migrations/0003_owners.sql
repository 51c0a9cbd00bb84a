ALTER TABLE `locations` ADD `closed_at_ms` integer;--> statement-breakpoint
ALTER TABLE `reservations` ADD `owner` text;