/**
 * Records what Maxwell writes of every type of column: npm run record-cdc. See test/fixtures/cdc/README.md.
 *
 * It starts servers of its own; nothing of Alir runs, but its decoding tells which values differ.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJsonObject } from '../src/cdc/json/decode-json.ts';
import type { JsonObject } from '../src/cdc/json/exact-number.ts';
import { writeJson } from '../src/cdc/json/write-json.ts';
import { quoteName } from '../src/cdc/schema/quote.ts';
import type { ColumnSchema } from '../src/cdc/schema/table-schema.ts';
import { asUtf8 } from '../src/cdc/types/column-type.ts';
import { lossesOf, targetColumn, textOf } from '../src/cdc/types/columns.ts';
import { readTableSchema } from '../src/mysql/schema/read-schema.ts';
import { withConnection } from '../src/mysql/server-connection.ts';
import { untilMaxwellHasPassed } from '../src/lab/demo/replica-caught-up.ts';
import { topicOf } from '../src/pipelines/cdc/cdc.ts';
import { recordedTypes, type RecordedType } from '../test/fixtures/cdc/values.ts';
import { writeRecorded, type RecordedRow } from '../test/support/cdc-fixtures.ts';
import { startCdcPlace } from '../test/support/cdc-place.ts';
import { readTopic } from '../test/support/read-topic.ts';

/** What is the same in every recording. */
const kept = ['database', 'table', 'type', 'primary_key', 'primary_key_columns', 'data', 'old'];
const database = 'app_producer';

interface Draft {
  readonly id: number;
  readonly statement: string;
  /** As the source writes the value. */
  readonly value: string;
  readonly kinds: readonly string[];
  readonly held: string | null;
}

const place = await startCdcPlace({
  report: ({ service, text }) => void process.stderr.write(`${service}: ${text}\n`),
});
try {
  for (const type of recordedTypes) {
    const drafts = await change(type);
    await untilMaxwellHasPassed(place.config);
    const schema = await withConnection(place.config.source, (connection) =>
      readTableSchema(connection, database, tableOf(type)),
    );
    const messages = await messagesOf(type);
    const column = schema?.columns.find(({ name }) => name === 'value');
    if (column === undefined) throw new Error(`${tableOf(type)} is gone`);
    const rows = drafts.map((draft) => rowOf(type, column, draft, messages));
    writeRecorded({ name: type.name, type: type.type, rows });
    process.stdout.write(`recorded ${type.name}: ${rows.length} rows\n`);
  }
} finally {
  await place.close();
}

function tableOf({ name }: RecordedType): string {
  return `t_${name.replaceAll('-', '_')}`;
}

/** Inserts, bootstraps, updates and deletes the values of a type, and looks at each row in between. */
async function change(type: RecordedType): Promise<Draft[]> {
  const table = tableOf(type);
  const drafts: Draft[] = [];
  await place.inSource(`CREATE TABLE ${table} (id INT PRIMARY KEY, value ${type.type} NULL)`);
  const insert = async (values: readonly string[], kinds: readonly string[]): Promise<void> => {
    for (const value of values) {
      const id = drafts.length + 1;
      // IGNORE: an ENUM takes '' for a value that is not in its list.
      const statement = `INSERT IGNORE INTO ${table} VALUES (${id}, ${value})`;
      await place.inSource(statement);
      drafts.push({ id, statement, value, kinds, held: await heldOf(type, id) });
    }
  };
  await insert(['NULL', ...type.values], ['insert', 'bootstrap-insert']);
  await bootstrap(table);
  await insert(type.liveOnly ?? [], ['insert']);
  const [first] = type.values;
  await place.inSource(`UPDATE ${table} SET value = ${first} WHERE id = 1`);
  const held = await heldOf(type, 1);
  const statements = {
    update: `UPDATE ${table} SET value = ${first} WHERE id = 1`,
    delete: `DELETE FROM ${table} WHERE id = 1`,
  };
  await place.inSource(statements.delete);
  for (const [kind, statement] of Object.entries(statements))
    drafts.push({ id: 1, statement, value: first ?? '', kinds: [kind], held });
  return drafts;
}

async function heldOf(type: RecordedType, id: number): Promise<string | null> {
  const schema = await withConnection(place.config.source, (connection) =>
    readTableSchema(connection, database, tableOf(type)),
  );
  const column = schema?.columns.find(({ name }) => name === 'value');
  const { toText = asUtf8 } = column ? targetColumn(column) : {};
  const [row] = await place.inSource<{ text: string | null }>(
    `SELECT ${toText('x.value')} AS text FROM ${quoteName(tableOf(type))} x WHERE id = ${id}`,
  );
  return row?.text ?? null;
}

async function bootstrap(table: string): Promise<void> {
  await place.inSource(
    `INSERT INTO maxwell.bootstrap (database_name, table_name, client_id) VALUES ('${database}', '${table}', 'maxwell')`,
  );
  for (let waited = 0; waited < 60_000; waited += 200) {
    const [row] = await place.inSource<{ done: number }>(
      `SELECT is_complete AS done FROM maxwell.bootstrap WHERE table_name = '${table}'`,
    );
    if (Number(row?.done) === 1) return;
    await delay(200);
  }
  throw new Error(`The bootstrap of ${table} has not ended: is one of its values for liveOnly?`);
}

async function messagesOf(type: RecordedType): Promise<JsonObject[]> {
  const records = await readTopic(place.brokers, topicOf(database, tableOf(type)));
  return records.flatMap(({ value }) => {
    const decoded = decodeJsonObject(value ?? Buffer.alloc(0));
    return decoded.ok ? [decoded.value] : [];
  });
}

function rowOf(
  type: RecordedType,
  column: ColumnSchema,
  { id, statement, value, kinds, held }: Draft,
  messages: readonly JsonObject[],
): RecordedRow {
  const found = new Map<string, string>();
  const lost = new Map<string, string>();
  for (const kind of kinds) {
    const message = messages.find(
      (each) => each['type'] === kind && (each['data'] as JsonObject)['id'] === id,
    );
    if (message === undefined) throw new Error(`${statement}: no message of the type ${kind}`);
    const whole = Object.entries(message).filter(([name]) => kept.includes(name));
    found.set(kind, writeJson(Object.fromEntries(whole)));
    const origin = kind === 'bootstrap-insert' ? 'bootstrap' : 'live';
    const text = textOf(column, (message['data'] as JsonObject)['value'] ?? null, origin);
    if (text !== held) lost.set(kind, lossOf(type, column, value, origin));
  }
  return { statement, messages: found, held, lost };
}

/** The loss that explains a difference, as the guide has it; one that nobody has described must not pass. */
function lossOf(
  { losses = [] }: RecordedType,
  column: ColumnSchema,
  value: string,
  origin: 'live' | 'bootstrap',
): string {
  const told = losses.find((each) => each.value === value)?.loss;
  const isFit = (sentence: string): boolean =>
    told ? told.test(sentence) : /bootstrap/i.test(sentence) === (origin === 'bootstrap');
  return lossesOf(column).find(isFit) ?? 'a loss that is not described';
}
