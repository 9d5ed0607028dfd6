-- CreateTable
CREATE TABLE `etl_backfill_sources` (
    `backfill_id` VARCHAR(64) NOT NULL,
    `source_database` VARCHAR(64) NOT NULL,
    `source_table` VARCHAR(64) NOT NULL,
    `key_cursor` LONGTEXT NULL,
    `deleted` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `updated_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`backfill_id`, `source_database`, `source_table`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
