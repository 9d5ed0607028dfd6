-- CreateTable
CREATE TABLE `orders` (
    `id` BIGINT UNSIGNED NOT NULL,
    `order_no` VARCHAR(64) NULL,
    `customer_id` BIGINT UNSIGNED NULL,
    `customer_email` VARCHAR(254) NULL,
    `customer_phone` VARCHAR(32) NULL,
    `status` VARCHAR(16) NOT NULL,
    `currency` CHAR(3) NOT NULL,
    `total` DECIMAL(20, 2) NOT NULL,
    `stated_total` DECIMAL(20, 2) NULL,
    `total_matches` BOOLEAN NULL,
    `item_count` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `weight_grams` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `ordered_at` DATETIME(6) NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `flag` VARCHAR(16) NOT NULL,
    `sync_at` DATETIME(3) NOT NULL,
    `correlation_id` VARCHAR(128) NULL,
    `_topic` VARCHAR(249) NOT NULL DEFAULT '',
    `_updated_us` BIGINT NOT NULL DEFAULT 0,
    `_record_ms` BIGINT NOT NULL DEFAULT 0,
    `_epoch` INTEGER NOT NULL DEFAULT 0,
    `_partition` INTEGER NOT NULL DEFAULT 0,
    `_offset` BIGINT NOT NULL DEFAULT 0,

    INDEX `orders_order_no_idx`(`order_no`),
    INDEX `orders_customer_id_idx`(`customer_id`),
    INDEX `orders_updated_at_idx`(`updated_at`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The etl_ tables compare bytes (utf8mb4_bin): Kafka's topic names differ by case, trailing spaces and accents.

-- CreateTable
CREATE TABLE `etl_targets` (
    `target_table` VARCHAR(64) NOT NULL,
    `pipeline` VARCHAR(64) NOT NULL,
    `sequence` BIGINT NOT NULL DEFAULT 0,
    `created_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`target_table`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `etl_batches` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    `kind` VARCHAR(8) NOT NULL DEFAULT 'batch',
    `pipeline` VARCHAR(64) NOT NULL,
    `topic` VARCHAR(249) NOT NULL,
    `topic_id` VARCHAR(64) NOT NULL,
    `epoch` INTEGER NOT NULL,
    `partition` INTEGER NOT NULL,
    `first_offset` BIGINT NOT NULL,
    `last_offset` BIGINT NOT NULL,
    `run` VARCHAR(64) NOT NULL,
    `workflow_id` VARCHAR(512) NOT NULL,
    `flag` VARCHAR(16) NOT NULL,
    `row_count` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `inserted` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `updated` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `deleted` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `unchanged` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `stale` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `superseded` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `ignored` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `dead_lettered` INTEGER UNSIGNED NOT NULL DEFAULT 0,
    `byte_count` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `note` VARCHAR(255) NULL,
    `started_at` DATETIME(6) NOT NULL,
    `committed_at` DATETIME(6) NOT NULL,

    INDEX `etl_batches_range_end_idx`(`pipeline`, `topic`, `epoch`, `partition`, `last_offset`),
    INDEX `etl_batches_pipeline_committed_at_idx`(`pipeline`, `committed_at`),
    UNIQUE INDEX `etl_batches_range_run_key`(`pipeline`, `topic`, `epoch`, `partition`, `first_offset`, `run`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `etl_dead_letters` (
    `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    `pipeline` VARCHAR(64) NOT NULL,
    `topic` VARCHAR(249) NOT NULL,
    `epoch` INTEGER NOT NULL,
    `partition` INTEGER NOT NULL,
    `offset` BIGINT NOT NULL,
    `code` VARCHAR(64) NOT NULL,
    `reason` VARCHAR(1024) NOT NULL,
    `status` VARCHAR(16) NOT NULL DEFAULT 'open',
    `attempts` INTEGER UNSIGNED NOT NULL DEFAULT 1,
    `key_bytes` LONGBLOB NULL,
    `value_bytes` LONGBLOB NULL,
    `header_bytes` LONGBLOB NOT NULL,
    `record_ms` BIGINT NOT NULL,
    `run` VARCHAR(64) NOT NULL,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,

    INDEX `etl_dead_letters_pipeline_status_code_idx`(`pipeline`, `status`, `code`),
    UNIQUE INDEX `etl_dead_letters_record_key`(`pipeline`, `topic`, `epoch`, `partition`, `offset`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `etl_fences` (
    `target_table` VARCHAR(64) NOT NULL,
    `kind` VARCHAR(8) NOT NULL DEFAULT 'key',
    `key_hash` BINARY(16) NOT NULL,
    `key_text` VARCHAR(255) NOT NULL,
    `range_low` VARBINARY(1024) NULL,
    `range_high` VARBINARY(1024) NULL,
    `v1` BIGINT NOT NULL DEFAULT 0,
    `v2` BIGINT NOT NULL DEFAULT 0,
    `v3` BIGINT NOT NULL DEFAULT 0,
    `v4` BIGINT NOT NULL DEFAULT 0,
    `v5` BIGINT NOT NULL DEFAULT 0,
    `v6` BIGINT NOT NULL DEFAULT 0,
    `created_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`target_table`, `kind`, `key_hash`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `etl_topic_epochs` (
    `topic` VARCHAR(249) NOT NULL,
    `epoch` INTEGER NOT NULL,
    `topic_id` VARCHAR(64) NOT NULL,
    `partitions` INTEGER UNSIGNED NOT NULL,
    `first_offsets` JSON NOT NULL,
    `detected_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`topic`, `epoch`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
