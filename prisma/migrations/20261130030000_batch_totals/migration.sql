-- What the audit trail comes to, so that nobody has to read all of it. Filled in the background: nothing waits for it.

-- CreateTable
CREATE TABLE IF NOT EXISTS `etl_batch_totals` (
    `pipeline` VARCHAR(64) NOT NULL,
    `topic` VARCHAR(249) NOT NULL,
    `epoch` INTEGER NOT NULL,
    `partition` INTEGER NOT NULL,
    `batches` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `row_count` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `inserted` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `updated` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `deleted` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `unchanged` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `stale` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `superseded` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `ignored` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `dead_lettered` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `history` LONGTEXT NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`pipeline`, `topic`, `epoch`, `partition`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE IF NOT EXISTS `etl_batch_marks` (
    `name` VARCHAR(16) NOT NULL,
    `rolled_up_to` BIGINT UNSIGNED NOT NULL DEFAULT 0,
    `pruned_before` DATETIME(6) NULL,
    `binlog_files` LONGTEXT NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`name`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO `etl_batch_marks` (`name`, `binlog_files`, `updated_at`) VALUES ('etl_batches', '{}', UTC_TIMESTAMP(6));
