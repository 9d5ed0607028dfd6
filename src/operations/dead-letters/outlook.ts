import type { Letter } from '../../metadata/dead-letters/read-letters.ts';
import { openStatuses } from '../../metadata/dead-letters/states.ts';
import { findPipeline } from '../../pipelines/registry.ts';
import { judge } from './check-correction.ts';
import { currentValue } from './correct-letter.ts';

/**
 * What a redrive would make of a letter now, a sentence; changes nothing. The table may still refuse the row, or have a
 * newer version of it: a dry run tells.
 *
 * @returns null for one that is closed
 */
export async function outlookOf(letter: Letter): Promise<string | null> {
  if (!openStatuses.includes(letter.status)) return null;
  const pipeline = findPipeline(letter.pipeline);
  if (pipeline === undefined)
    return `There is no pipeline ${letter.pipeline} any more: a redrive would skip it.`;
  if (pipeline.kind === 'replica')
    return `A redrive reads it by the definition that its table has then: alir dead-letters redrive ${letter.id} --dry-run`;
  const value = currentValue(letter);
  if (value === null && letter.isValueOmitted)
    return `A redrive would read its value from Kafka: alir dead-letters redrive ${letter.id} --dry-run`;
  if (value === null) return `A redrive would refuse it again: ${letter.code}: ${letter.reason}`;
  const verdict = await judge(pipeline, letter, value);
  if (verdict.kind === 'dead') return `A redrive would refuse it again: ${verdict.code}: ${verdict.reason}`;
  if (verdict.kind === 'ignored') return `A redrive would ignore it: ${verdict.why}.`;
  return `A redrive would load it: alir dead-letters redrive ${letter.id}`;
}
