-- A table that should be read again, and is too large for that unasked, stays so whatever pauses it meanwhile.

-- AlterTable
ALTER TABLE `etl_replica_tables` ADD COLUMN `stale_reason` VARCHAR(1024) NULL;

UPDATE `etl_replica_tables` SET `stale_reason` = `reason` WHERE `state` = 'stale';
