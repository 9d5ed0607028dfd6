import { beginsWith, partsOf, splitList, type Part } from '../ddl/tokens.ts';

/**
 * Statements at which Maxwell ends, at every start again: it reads those of all databases, before its filter chooses. The
 * rules are those of 1.22.6, which knows the MySQL of 2019; newer ones know more. Its stored position lies before such a
 * statement, its log says it exactly; this finds it in the binlog where no log can be read.
 */

/** What Maxwell passes over without reading it; it looks at the beginning, once comments are gone. */
const ignored = [
  /^\s*(BEGIN|COMMIT|FLUSH|GRANT|REVOKE\s|SAVEPOINT|ROLLBACK)/i,
  /^\s*CREATE\s+(AGGREGATE)?\s+FUNCTION/i,
  /^\s*(ALTER|CREATE)\s+(DEFINER\s*=\s*\S+(\s+[^\s]+)*?\s+)?(EVENT|FUNCTION|TRIGGER|PROCEDURE)/i,
  /^\s*DROP\s+(EVENT|FUNCTION|TRIGGER|PROCEDURE|VIEW)/i,
  /^\s*(ALTER|CREATE|DROP)\s+((ONLINE|OFFLINE|UNIQUE|FULLTEXT|SPATIAL)\s+)*INDEX/i,
  /^\s*ANALYZE\s+TABLE/i,
  /^\s*SET\s+PASSWORD/i,
  /^\s*(ALTER|CREATE|DROP|RENAME)\s+USER/i,
  /^\s*(ALTER|CREATE|DROP)\s+TEMPORARY\s+TABLE/i,
  /^\s*(SET|DROP|CREATE)\s+(DEFAULT\s+)?ROLE/i,
  /^\s*(TRUNCATE|OPTIMIZE|REPAIR)\s/i,
  /^\s*DELETE\s*FROM/i,
];

/** What its grammar knows: everything else is an error. Comments of any kind may stand before it. */
const known =
  /^\s*((CREATE|ALTER|DROP)\s+(TABLE|DATABASE|SCHEMA)|RENAME\s+TABLE|DROP\s+VIEW|(CREATE|ALTER)\s(?!TABLE).*?\bVIEW)\b/is;

/** What its grammar lacks inside a statement that it knows, by the name to tell; texts and comments are blank. */
const lacking: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['SRID', /\bSRID\s+\d/i],
  [
    'FIXED',
    /(?<!\b(?:COLUMN|ADD|MODIFY|CHANGE|ROW_FORMAT|COLUMN_FORMAT))\s+FIXED\s*(?=[(,)]|\s+(?:NOT|NULL|DEFAULT|UNSIGNED|ZEROFILL|COMMENT)\b)/i,
  ],
  ['DEC', /\sDEC\b/i],
  ['GEOMCOLLECTION', /\bGEOMCOLLECTION\b/i],
  ['DROP CHECK', /\bDROP\s+CHECK\b/i],
  ['DROP CONSTRAINT', /\bDROP\s+CONSTRAINT\b/i],
  ['ALTER CHECK', /\bALTER\s+(CHECK|CONSTRAINT)\b/i],
  ['NOT ENFORCED', /\bENFORCED\b/i],
  [
    'EXCHANGE PARTITION … WITH TABLE database.table',
    /\bEXCHANGE\s+PARTITION\s+\S+\s+WITH\s+TABLE\s+\S+?\s*\.\s*\S/i,
  ],
  ['DEFAULT (expression)', /\bDEFAULT\s*\(/i],
  ['DEFAULT NOW(digits)', /\bDEFAULT\s+(NOW|LOCALTIME|LOCALTIMESTAMP)\s*\(\s*\d/i],
  ["DEFAULT DATE 'text'", /\bDEFAULT\s+(DATE|TIME|TIMESTAMP)\s*''/i],
  ["DEFAULT _charset'text'", /\bDEFAULT\s+_\w+\s*''/i],
  ['ON DELETE SET DEFAULT', /\bON\s+(DELETE|UPDATE)\s+SET\s+DEFAULT\b/i],
  ['CREATE TABLE … SELECT', /^\s*CREATE\s+TABLE\b.*[\s)](AS\s+|START\s+TRANSACTION|SELECT\b)(?!\s*\()/is],
  ['ADD PARTITION PARTITIONS', /\bADD\s+PARTITION\s+PARTITIONS\b/i],
  ['WITH VALIDATION', /^(?!.*\bEXCHANGE\b).*\b(WITH|WITHOUT)\s+VALIDATION\b/is],
  ['READ ONLY', /^\s*ALTER\s+(DATABASE|SCHEMA)\b.*\bREAD\s+ONLY\b/is],
  ['SECONDARY_LOAD', /\bSECONDARY_(LOAD|UNLOAD)\b/i],
  ...[
    'ENCRYPTION',
    'COMPRESSION',
    'SECONDARY_ENGINE',
    'AUTOEXTEND_SIZE',
    'ENGINE_ATTRIBUTE',
    'SECONDARY_ENGINE_ATTRIBUTE',
  ].map((name) => [name, new RegExp(`\\b${name}\\b`, 'i')] as const),
];

/** A part of a definition that is an index: it may be INVISIBLE, a column may not. */
const ofIndex =
  /^\(?\s*(ADD\s+)?((CONSTRAINT\s+(\S+\s+)?)?(PRIMARY|UNIQUE|KEY|INDEX|FULLTEXT|SPATIAL)\b|ALTER\s+INDEX\b)/i;

/**
 * What it is in a statement that Maxwell 1.22 does not know, as MySQL's manual names it.
 *
 * @returns null: it reads the statement, or passes over it
 */
export function unreadablePartOf(statement: string): string | null {
  // As Maxwell does it: a comment of several lines, or after a #, stays.
  const seen = statement
    .replaceAll(/\/\*!\d+\s*(.*)\*\//g, '$1')
    .replaceAll(/\/\*.*?\*\//g, '')
    .replaceAll(/--.*/g, '');
  if (ignored.some((pattern) => pattern.test(seen))) return null;
  const parts = partsOf(seen);
  if (parts === null) return null; // a quote that is not closed: the server would not have taken it
  const text = textOf(parts);
  if (!known.test(text)) return kindOf(text, seen);
  for (const [name, pattern] of lacking) if (pattern.test(text)) return name;
  for (const item of itemsOf(parts)) {
    if (ofIndex.test(item)) {
      if (/\(\s*\(/.test(item)) return 'an index of an expression';
    } else if (/\b(IN)?VISIBLE\b/i.test(item)) return 'INVISIBLE';
  }
  return null;
}

function kindOf(text: string, seen: string): string {
  const words = /^\s*([a-z]+(\s+[a-z]+)?)/i.exec(text)?.[1]?.toUpperCase() ?? 'its kind';
  // Without the comment it would have been passed over.
  return /^\s*(#|\/\*)/.test(seen) ? `a comment before ${words}` : words;
}

/** A statement in which names are words, texts empty, and comments gone. */
function textOf(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'group') return `(${textOf(part.parts)})`;
      if (part.kind === 'text') return "''";
      return part.kind === 'name' ? `_${part.text.replaceAll(/\W/g, '_')}` : part.text;
    })
    .join(' ');
}

/** The columns and indexes of a CREATE TABLE, or the clauses of an ALTER TABLE. */
function itemsOf(parts: readonly Part[]): string[] {
  if (beginsWith(parts, 'ALTER', 'TABLE')) {
    const isDotted = parts[3]?.kind === 'sign' && parts[3].text === '.';
    return splitList(parts.slice(isDotted ? 5 : 3)).map(textOf);
  }
  const body = parts.find((part) => part.kind === 'group');
  return body === undefined ? [] : splitList(body.parts).map(textOf);
}
