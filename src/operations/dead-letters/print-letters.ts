import Table from 'cli-table3';
import { plural } from '../../errors/sentences.ts';
import type { FoundLetters } from './find-letter.ts';
import { openStatuses } from '../../metadata/dead-letters/states.ts';
import { cutTo } from './printable.ts';

const longestReason = 60;
const plain = { head: [], border: [] };

/** Letters for people: counted by what is wrong, then the newest. */
export function printLetters({ groups, letters }: FoundLetters): string {
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  const counted = new Table({
    head: ['pipeline', 'code', 'field', 'letters', 'newest', 'its reason'],
    style: plain,
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
  });
  for (const { pipeline, code, field, count, newestId, newestReason } of groups)
    counted.push([
      pipeline,
      code,
      cutTo(field ?? '-', 40),
      count.toLocaleString('en-US'),
      newestId,
      cutTo(newestReason, longestReason),
    ]);
  const newest = new Table({
    head: ['id', 'status', 'code', 'topic/partition/offset', 'found', 'reason'],
    style: plain,
    colAligns: ['right', 'left', 'left', 'left', 'left', 'left'],
  });
  for (const { id, status, editedAt, code, topic, partition, offset, createdAt, reason } of letters)
    newest.push([
      String(id),
      editedAt === null ? status : `${status}, edited`,
      code,
      `${cutTo(topic, longestReason)}/${partition}/${offset}`,
      createdAt.toISOString(),
      cutTo(reason, longestReason),
    ]);
  const title = letters.length < all ? `The newest ${letters.length} of ${plural(all, 'letter')}:` : '';
  return [counted.toString(), ...(title === '' ? [] : [title]), newest.toString()].join('\n');
}

/** What to do next about the letters of a list. */
export function nextCommands({ groups, letters }: FoundLetters): string[] {
  const [group] = groups;
  const [letter] = letters;
  if (group === undefined || letter === undefined) return [];
  const show = `See one: alir dead-letters show ${letter.id}`;
  if (!openStatuses.some((status) => status === letter.status)) return [show];
  return [
    show,
    `Correct one: alir dead-letters edit ${letter.id} --set path=value`,
    `Load them once they are right: alir dead-letters redrive --pipeline ${group.pipeline} --code ${group.code}`,
  ];
}
