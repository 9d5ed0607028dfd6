-- What a letter says, where it stands, who corrected it, and which redrive has it in hand.
ALTER TABLE `etl_dead_letters`
    ADD COLUMN `origin` VARCHAR(8) NOT NULL DEFAULT 'live',
    ADD COLUMN `reasons` LONGTEXT NULL,
    ADD COLUMN `field` VARCHAR(128) NULL,
    ADD COLUMN `target_table` VARCHAR(160) NULL,
    ADD COLUMN `key_hash` BINARY(16) NULL,
    ADD COLUMN `key_text` BLOB NULL,
    ADD COLUMN `version` VARCHAR(160) NULL,
    ADD COLUMN `value_omitted` BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN `edited_value` LONGBLOB NULL,
    ADD COLUMN `edited_by` VARCHAR(64) NULL,
    ADD COLUMN `edited_at` DATETIME(6) NULL,
    ADD COLUMN `redrive_id` VARCHAR(64) NULL,
    ADD COLUMN `redrive_page` INTEGER UNSIGNED NULL,
    ADD COLUMN `closed_by` VARCHAR(64) NULL,
    ADD COLUMN `closed_at` DATETIME(6) NULL,
    ADD COLUMN `note` VARCHAR(255) NULL;

UPDATE `etl_dead_letters` SET `status` = 'loaded' WHERE `status` = 'redriven';

-- How many there are of each, by an index alone; the one without the field is a part of it.
CREATE INDEX `etl_dead_letters_pipeline_status_code_field_idx` ON `etl_dead_letters`(`pipeline`, `status`, `code`, `field`);
DROP INDEX `etl_dead_letters_pipeline_status_code_idx` ON `etl_dead_letters`;

-- Whether the books balance.
CREATE INDEX `etl_dead_letters_books_idx` ON `etl_dead_letters`(`pipeline`, `origin`, `status`);

-- A page of a redrive is found again by its claim.
CREATE INDEX `etl_dead_letters_redrive_idx` ON `etl_dead_letters`(`redrive_id`, `redrive_page`);

-- Letters of a table, which a newer version of their key closes; and those of a key, to erase them.
CREATE INDEX `etl_dead_letters_key_idx` ON `etl_dead_letters`(`target_table`, `status`, `id`);
CREATE INDEX `etl_dead_letters_key_hash_idx` ON `etl_dead_letters`(`key_hash`);

-- What was done with a letter: who, when, what. Never a value.
CREATE TABLE IF NOT EXISTS `etl_dead_letter_events` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    `letter_id` BIGINT UNSIGNED NOT NULL,
    `kind` VARCHAR(16) NOT NULL,
    `actor` VARCHAR(64) NOT NULL,
    `note` VARCHAR(1024) NOT NULL,
    `created_at` DATETIME(6) NOT NULL,

    INDEX `etl_dead_letter_events_letter_id_idx`(`letter_id`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Letters that were pruned, by pipeline, origin and state: the books still balance without them.
CREATE TABLE IF NOT EXISTS `etl_dead_letter_totals` (
    `pipeline` VARCHAR(64) NOT NULL,
    `origin` VARCHAR(8) NOT NULL,
    `status` VARCHAR(16) NOT NULL,
    `letters` BIGINT UNSIGNED NOT NULL DEFAULT 0,

    PRIMARY KEY (`pipeline`, `origin`, `status`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Redrives: what was asked for, and how it ended.
CREATE TABLE IF NOT EXISTS `etl_redrives` (
    `id` VARCHAR(64) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `filter` LONGTEXT NOT NULL,
    `letters` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `counts` LONGTEXT NULL,
    `reason` VARCHAR(1024) NULL,
    `workflow_id` VARCHAR(512) NOT NULL,
    `created_at` DATETIME(6) NOT NULL,
    `finished_at` DATETIME(6) NULL,

    INDEX `etl_redrives_created_at_idx`(`created_at`),
    INDEX `etl_redrives_finished_at_idx`(`finished_at`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
