-- What a backfill has counted of a table, written with the rows themselves: an attempt that dies loses no count.
ALTER TABLE `etl_backfill_sources`
    ADD COLUMN `counts` JSON NULL,
    ADD COLUMN `is_read` BOOLEAN NOT NULL DEFAULT FALSE;
