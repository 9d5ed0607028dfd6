-- AlterTable
ALTER TABLE `etl_backfill_sources` ADD COLUMN `asked_chunk` LONGTEXT NULL;
