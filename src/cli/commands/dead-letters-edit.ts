import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { AlirError, messageOf } from '../../errors/alir-error.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';
import { plural } from '../../errors/sentences.ts';
import { inCommandContext, type CommandContext } from '../../operations/command-context.ts';
import { actorOf } from '../../operations/dead-letters/actor.ts';
import { settingPaths, type Correction } from '../../operations/dead-letters/correct-letter.ts';
import { draftOf } from '../../operations/dead-letters/draft.ts';
import { editLetter, editLetters, type EditedLetters } from '../../operations/dead-letters/edit-letters.ts';
import { getLetter } from '../../operations/dead-letters/find-letter.ts';
import { printable } from '../../operations/dead-letters/printable.ts';
import { changeRequest } from '../../operations/dead-letters/request.ts';
import { parseSetting } from '../../operations/dead-letters/set-path.ts';
import { editText } from '../edit-text.ts';
import { advise, print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { chosenByFilter, letterHelpWords } from './dead-letters-help.ts';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly set?: readonly string[];
  readonly from?: string;
  readonly by?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `alir dead-letters edit`: a correction beside the record, which takes its place when it is loaded. */
export function editCommand(): Command {
  return addOptions(new Command('edit'), chosenByFilter, letterHelpWords)
    .description(
      'correct a dead letter, or all that the flags choose; the original stays beside the correction',
    )
    .argument('[id]', 'absent: those that the flags choose')
    .option('--set <path=value>', 'a field and its value, as JSON or as a text; may be repeated', append)
    .option('--from <file>', 'a file with the whole value')
    .option('--by <name>', 'who corrects it; default: the name of your user')
    .option('--yes', 'of several letters: keep the corrections; otherwise only count them')
    .option('--json', 'one line of JSON')
    .action((id: string | undefined, flags: Flags) =>
      inCommandContext((place) => (id === undefined ? editMany(place, flags) : editOne(place, id, flags))),
    );
}

function append(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

async function editOne(place: CommandContext, id: string, flags: Flags): Promise<void> {
  const other = Object.keys(flags).find((name) => name in chosenByFilter.shape || name === 'yes');
  if (other !== undefined) throw new RequestError(request`${field(other)} cannot be given with an id.`);
  const { set, from } = flags;
  if (set !== undefined && from !== undefined)
    throw new RequestError(request`${field('set')} and ${field('from')} cannot be given together.`);
  const by = actorOf(flags.by);
  const settings = set?.map(parseSetting);
  const { database } = place;
  const make = settings ? settingPaths(settings) : await wholeValue(place, id, from);
  report(await editLetter(database, id, make, by), flags);
}

async function wholeValue({ database }: CommandContext, id: string, from: string | undefined) {
  if (from !== undefined) {
    const value = readWhole(from);
    return () => value;
  }
  const letter = await getLetter(database, id);
  const value = editText(draftOf(letter), `dead-letter-${letter.id}.json`);
  return () => value;
}

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AlirError('FILE_FAILED', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function report({ id, paths, verdict }: Correction, { json }: Flags): void {
  const outcome = verdict.kind;
  if (json) return printJson({ id: String(id), edited: paths, outcome });
  print(`The dead letter ${id} is corrected: ${printable(paths)}.`);
  if (verdict.kind === 'ignored') print(`Loaded, it would be ignored: ${printable(verdict.why)}.`);
  advise(`See it: alir dead-letters show ${id}`);
}

async function editMany(place: CommandContext, flags: Flags): Promise<void> {
  if (flags.from !== undefined) throw new RequestError(request`${field('from')} needs the id of a letter.`);
  if (flags.set === undefined)
    throw new RequestError(request`Several letters are corrected with ${field('set')} only.`, {
      remedy: 'Name the id of one letter, or what to set in all that the flags choose: --set path=value',
    });
  const by = actorOf(flags.by);
  const asked = requestOf(changeRequest, flags);
  const dryRun = !flags.yes;
  const edited = await editLetters(place, asked, flags.set.map(parseSetting), { by, dryRun });
  if (flags.json) printJson(edited);
  else printEdited(edited);
}

function printEdited({ letters, corrected, examples, refused, dryRun }: EditedLetters): void {
  if (letters === 0) return print('There are no such dead letters.');
  const some = examples.length === 0 ? '' : `, for example ${examples.join(', ')}`;
  print(`${plural(letters, 'letter')}: ${corrected} ${dryRun ? 'would be' : 'are'} corrected${some}.`);
  for (const { reason, letters: count, examples: ids } of refused)
    print(`  ${plural(count, 'letter')} not: ${printable(reason)}, for example ${ids.join(', ')}`);
  if (dryRun && corrected > 0) print('Nothing was kept: run it again with --yes.');
}
