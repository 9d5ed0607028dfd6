import type { Key } from '../pipelines/pipeline.ts';
import type { KeyText } from '../pipelines/packed-outcome.ts';
import type { Database } from '../mysql/connection.ts';

/** What is not the same in source and replica. */
export interface Findings {
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
  /** Column to the number of rows in which it differs. */
  readonly columns: Readonly<Record<string, number>>;
  readonly keys: readonly KeyText[];
  /** False: the replica had not caught up, so that some of it may be in flight. */
  readonly isSettled: boolean;
}

export const noFindings: Findings = {
  missing: 0,
  surplus: 0,
  different: 0,
  columns: {},
  keys: [],
  isSettled: true,
};

/** Which comparison of which table, see etl_verifications. */
export interface VerificationId {
  readonly id: string;
  readonly database: string;
  readonly table: string;
}

export interface Verification {
  readonly state: 'running' | 'equal' | 'different' | 'failed';
  /** Rows of the source that were compared. */
  readonly rows: number;
  readonly findings: Findings;
  /** What the topic held before this offset is in the replica: if the state is 'equal', after a repair too. */
  readonly verifiedThrough: number | null;
  /** Last key that was compared. */
  readonly cursor: Key | null;
  readonly repair: string | null;
  /** Why it could not be compared or repaired, a sentence. */
  readonly reason: string | null;
}

/** Writes down a comparison that begins, or begins anew after a repair. */
export async function beginVerification(
  database: Database,
  place: VerificationId,
  topicEnd: number,
): Promise<void> {
  const { repair = null } = (await findVerification(database, place)) ?? {};
  const begun = { state: 'running', rows: 0, findings: noFindings, cursor: null, reason: null } as const;
  await saveVerification(database, place, { ...begun, repair, verifiedThrough: topicEnd });
}

/** Null: there is none. */
export async function findVerification(
  database: Database,
  { id, database: sourceDatabase, table: sourceTable }: VerificationId,
): Promise<Verification | null> {
  const row = await database.etlVerification.findUnique({
    where: { id_sourceDatabase_sourceTable: { id, sourceDatabase, sourceTable } },
  });
  if (row === null) return null;
  const keys = JSON.parse(row.differingKeys ?? '[]') as KeyText[];
  return {
    state: row.state as Verification['state'],
    rows: Number(row.sourceRows),
    findings: {
      missing: Number(row.missing),
      surplus: Number(row.surplus),
      different: Number(row.different),
      columns: (row.differentColumns ?? {}) as Record<string, number>,
      keys,
      isSettled: row.isSettled,
    },
    verifiedThrough: row.verifiedThrough === null ? null : Number(row.verifiedThrough),
    cursor: row.cursorKey === null ? null : (JSON.parse(row.cursorKey) as Key),
    repair: row.repair,
    reason: row.reason,
  };
}

/** Writes down how far a comparison has come. */
export async function saveVerification(
  database: Database,
  place: VerificationId,
  verification: Verification,
): Promise<void> {
  const { state, rows, findings, cursor, verifiedThrough, repair, reason } = verification;
  const values = {
    state,
    sourceRows: rows,
    missing: findings.missing,
    surplus: findings.surplus,
    different: findings.different,
    differentColumns: findings.columns,
    differingKeys: JSON.stringify(findings.keys),
    isSettled: findings.isSettled,
    verifiedThrough,
    cursorKey: cursor === null ? null : JSON.stringify(cursor),
    repair,
    reason: reason?.slice(0, 1024) ?? null,
    updatedAt: new Date(),
    finishedAt: state === 'running' ? null : new Date(),
  };
  const key = { id: place.id, sourceDatabase: place.database, sourceTable: place.table };
  await database.etlVerification.upsert({
    where: { id_sourceDatabase_sourceTable: key },
    create: { ...key, ...values, createdAt: new Date() },
    update: values,
  });
}
