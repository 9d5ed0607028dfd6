-- CreateTable
CREATE TABLE `etl_backfills` (
    `id` VARCHAR(64) NOT NULL,
    `pipeline` VARCHAR(64) NOT NULL,
    `via` VARCHAR(16) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `reason` VARCHAR(1024) NULL,
    `plan` JSON NOT NULL,
    `counts` JSON NULL,
    `workflow_id` VARCHAR(512) NOT NULL,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `finished_at` DATETIME(6) NULL,

    INDEX `etl_backfills_state_idx`(`state`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
