import { Command } from 'commander';
import { z } from 'zod';
import { parseRequest } from '../../errors/parse-request.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';
import { plural } from '../../errors/sentences.ts';
import { inCommandContext } from '../../operations/command-context.ts';
import { actorOf } from '../../operations/dead-letters/actor.ts';
import { discardLetters, discardMany } from '../../operations/dead-letters/discard-letters.ts';
import { changeRequest, discardReason } from '../../operations/dead-letters/request.ts';
import { print, printJson } from '../output.ts';
import { addOptions, requestOf } from '../schema-options.ts';
import { chosenByFilter, letterHelpWords } from './dead-letters-help.ts';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly reason: string;
  readonly by?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `alir dead-letters discard`: giving letters up. */
export function discardCommand(): Command {
  return addOptions(new Command('discard'), chosenByFilter, letterHelpWords)
    .description('give up dead letters, by id or all that the flags choose')
    .argument('[id...]', 'absent: those that the flags choose')
    .requiredOption('--reason <text>', 'why')
    .option('--by <name>', 'who gives them up; default: the name of your user')
    .option('--yes', 'of those that the flags choose: discard them; otherwise only count them')
    .option('--json', 'one line of JSON')
    .action((ids: readonly string[], flags: Flags) =>
      inCommandContext(async (place) => {
        const by = actorOf(flags.by);
        const { reason } = parseRequest(z.object({ reason: discardReason }), { reason: flags.reason });
        if (ids.length > 0) {
          refuseFilter(flags);
          return tell(await discardLetters(place.database, ids, { by, reason }), false, flags);
        }
        const dryRun = !flags.yes;
        const asked = requestOf(changeRequest, flags);
        tell(await discardMany(place, asked, { by, reason, dryRun }), dryRun, flags);
      }),
    );
}

function refuseFilter(flags: Flags): void {
  const other = Object.keys(flags).find((name) => name in chosenByFilter.shape);
  if (other !== undefined) throw new RequestError(request`${field(other)} cannot be given with ids.`);
}

function tell(discarded: number, dryRun: boolean, { json }: Flags): void {
  if (json) return printJson({ discarded, dryRun });
  if (!dryRun) return print(`${plural(discarded, 'dead letter')} discarded.`);
  print(`${plural(discarded, 'dead letter')} would be discarded.`);
  if (discarded > 0) print('Nothing was changed: run it again with --yes.');
}
