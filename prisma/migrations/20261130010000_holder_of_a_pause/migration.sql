-- AlterTable
ALTER TABLE `etl_replica_tables` ADD COLUMN `held_epoch` INTEGER NULL,
    ADD COLUMN `held_offset` BIGINT NULL,
    ADD COLUMN `held_partition` INTEGER NULL,
    ADD COLUMN `held_since` DATETIME(6) NULL;
