CREATE TABLE `late_events` (
	`product_id` text NOT NULL,
	`offset` integer NOT NULL,
	PRIMARY KEY(`product_id`, `offset`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `late_events` (`product_id`, `offset`)
SELECT `product_id`, `offset` FROM (
	SELECT `product_id`, `offset`, min(`offset`) OVER (
		PARTITION BY `product_id` ORDER BY `version` DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
	) AS `first_after` FROM `events`
) WHERE `offset` > `first_after`;
