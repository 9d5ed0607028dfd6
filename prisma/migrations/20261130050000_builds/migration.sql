-- In which order the builds of Alir appeared: a worker makes its build the current one only if it is newer than that one.

-- CreateTable
CREATE TABLE IF NOT EXISTS `etl_builds` (
    `build_id` VARCHAR(64) NOT NULL,
    `number` INTEGER UNSIGNED NOT NULL,
    `first_seen_at` DATETIME(6) NOT NULL,

    PRIMARY KEY (`build_id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
