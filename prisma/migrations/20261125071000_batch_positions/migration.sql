-- Where in the source's binlog a batch of changes begins and ends: positions that go back are seen in the audit trail.
ALTER TABLE `etl_batches`
    ADD COLUMN `first_position` VARCHAR(255) NULL,
    ADD COLUMN `last_position` VARCHAR(255) NULL;
