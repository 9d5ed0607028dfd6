-- CreateTable
CREATE TABLE IF NOT EXISTS `etl_refetches` (
    `target_table` VARCHAR(160) NOT NULL,
    `key_hash` BINARY(16) NOT NULL,
    `key_text` LONGTEXT NOT NULL,
    `source_database` VARCHAR(64) NOT NULL,
    `source_table` VARCHAR(64) NOT NULL,
    `requested_at` DATETIME(6) NOT NULL,
    `problem` VARCHAR(1024) NULL,

    INDEX `etl_refetches_source_database_source_table_idx`(`source_database`, `source_table`),
    PRIMARY KEY (`target_table`, `key_hash`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
