ALTER TABLE `products` ADD `more` text;--> statement-breakpoint
ALTER TABLE `reservations` ADD `more` text;