-- The newest comparison of each table, by an index alone: one group is one look into it.
CREATE INDEX `etl_verifications_finished_idx` ON `etl_verifications`(`source_database`, `source_table`, `state`, `finished_at`);

CREATE INDEX `etl_verifications_created_idx` ON `etl_verifications`(`source_database`, `source_table`, `state`, `created_at`);

-- Which are old enough to go.
CREATE INDEX `etl_verifications_updated_at_idx` ON `etl_verifications`(`updated_at`);

CREATE INDEX `etl_dead_letters_status_updated_at_idx` ON `etl_dead_letters`(`status`, `updated_at`);

CREATE INDEX `etl_backfills_finished_at_idx` ON `etl_backfills`(`finished_at`);

-- The newest first, without sorting the plans of all.
CREATE INDEX `etl_backfills_created_at_idx` ON `etl_backfills`(`created_at`);

-- Asked every two seconds: those that have no problem, among any number of those that have one.
CREATE INDEX `etl_refetches_problem_idx` ON `etl_refetches`(`problem`(1), `source_database`, `source_table`);
