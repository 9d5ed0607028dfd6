-- AlterTable
ALTER TABLE `etl_replica_tables` ADD COLUMN `most_removed` INTEGER UNSIGNED NULL,
    ADD COLUMN `removed_rows` BIGINT UNSIGNED NOT NULL DEFAULT 0;
