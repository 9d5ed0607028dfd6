-- A target may be a table of another database: app_olap.orders.

-- AlterTable
ALTER TABLE `etl_targets` MODIFY `target_table` VARCHAR(160) NOT NULL;

-- AlterTable
ALTER TABLE `etl_fences` MODIFY `target_table` VARCHAR(160) NOT NULL,
    MODIFY `range_low` BLOB NULL,
    MODIFY `range_high` BLOB NULL;

-- CreateTable
CREATE TABLE `etl_replica_tables` (
    `source_database` VARCHAR(64) NOT NULL,
    `source_table` VARCHAR(64) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `reason` VARCHAR(1024) NULL,
    `loads` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `loaded_rows` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `load_cursor` LONGTEXT NULL,
    `wait_for` VARCHAR(255) NULL,
    `made_at` DATETIME(6) NULL,
    `requested_at` DATETIME(6) NULL,
    `loaded_at` DATETIME(6) NULL,
    `updated_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`source_database`, `source_table`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
