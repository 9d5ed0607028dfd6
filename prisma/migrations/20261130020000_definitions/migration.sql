-- Which definitions of a source table the reading of its rows covers, and what the table was then.

-- AlterTable
ALTER TABLE `etl_replica_tables` ADD COLUMN `asked_by` VARCHAR(16) NOT NULL DEFAULT 'definition',
    ADD COLUMN `began_at` DATETIME(6) NULL,
    ADD COLUMN `covers` VARCHAR(255) NULL,
    ADD COLUMN `made_position` VARCHAR(255) NULL,
    ADD COLUMN `definition` LONGTEXT NULL;

UPDATE `etl_replica_tables` SET `began_at` = `requested_at` WHERE `loaded_at` >= `requested_at`;
