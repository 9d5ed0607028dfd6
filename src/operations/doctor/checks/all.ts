import type { CheckList } from '../run-checks.ts';
import { currentBuild } from './current-build.ts';
import { cdcTopics } from './cdc-topics.ts';
import { sourceClock, targetClock } from './clocks.ts';
import { groupLag } from './group-lag.ts';
import { advertisedAddresses } from './kafka-brokers.ts';
import { topicsPresent } from './kafka-topics.ts';
import { memory } from './memory.ts';
import { maxwellGrants } from './maxwell-grants.ts';
import { maxwellHealth } from './maxwell-health.ts';
import { maxwellPosition } from './maxwell-position.ts';
import { maxwellStandstill } from './maxwell-standstill.ts';
import { maxwellSettings } from './maxwell-settings.ts';
import { sourcePrivileges, targetPrivileges } from './privileges.ts';
import { reach } from './reach.ts';
import { replicaTables } from './replica-tables.ts';
import { sourceSettings } from './source-settings.ts';
import { lossyColumns, tablesWithoutKey } from './source-tables.ts';
import { tableNames } from './table-names.ts';
import { migrated, targetSettings } from './target.ts';
import { namespacePresent, searchAttributes, workerPolls } from './temporal.ts';

/** Every check, in the order in which they are told. A new one is added here. */
export const checks: CheckList = {
  reach,
  others: [
    memory,
    advertisedAddresses,
    topicsPresent,
    cdcTopics,
    groupLag,
    migrated,
    targetClock,
    targetSettings,
    targetPrivileges,
    replicaTables,
    sourceSettings,
    sourceClock,
    sourcePrivileges,
    tableNames,
    tablesWithoutKey,
    lossyColumns,
    maxwellPosition,
    maxwellStandstill,
    maxwellHealth,
    maxwellSettings,
    maxwellGrants,
    namespacePresent,
    searchAttributes,
    workerPolls,
    currentBuild,
  ],
};
