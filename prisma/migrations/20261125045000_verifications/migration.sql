-- CreateTable
CREATE TABLE `etl_verifications` (
    `id` VARCHAR(64) NOT NULL,
    `source_database` VARCHAR(64) NOT NULL,
    `source_table` VARCHAR(64) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `source_rows` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `missing` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `surplus` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `different` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `different_columns` JSON NULL,
    `differing_keys` LONGTEXT NULL,
    `is_settled` BOOLEAN NOT NULL DEFAULT true,
    `verified_through` BIGINT UNSIGNED NULL,
    `cursor_key` LONGTEXT NULL,
    `repair` VARCHAR(64) NULL,
    `reason` VARCHAR(1024) NULL,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `finished_at` DATETIME(6) NULL,

    INDEX `etl_verifications_source_table_created_at_idx`(`source_table`, `created_at`),
    PRIMARY KEY (`id`, `source_database`, `source_table`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
