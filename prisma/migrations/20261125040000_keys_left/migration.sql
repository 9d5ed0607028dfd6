-- Changes of a key in a topic of several partitions leave the row with the former key; they are counted.
ALTER TABLE `etl_targets` ADD COLUMN `keys_left` BIGINT UNSIGNED NOT NULL DEFAULT 0;
