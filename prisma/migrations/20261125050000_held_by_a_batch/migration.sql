-- AlterTable
ALTER TABLE `etl_replica_tables` ADD COLUMN `held_by_batch` BOOLEAN NOT NULL DEFAULT false;
