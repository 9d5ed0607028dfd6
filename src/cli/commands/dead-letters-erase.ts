import { Command } from 'commander';
import { parseKeys } from '../../backfill/parse-keys.ts';
import { field, request, RequestError } from '../../errors/request-error.ts';
import { plural } from '../../errors/sentences.ts';
import { inCommandContext } from '../../operations/command-context.ts';
import { eraseLetters } from '../../operations/dead-letters/erase-letters.ts';
import { checkPipeline } from '../../operations/dead-letters/letter-filter.ts';
import { print, printJson } from '../output.ts';

interface Flags {
  readonly pipeline: string;
  readonly key: string;
  readonly table?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `alir dead-letters erase`: the letters of one key, on request of whom they are about. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description('delete the dead letters of one key for good, open and closed ones')
    .requiredOption('--pipeline <name>', 'letters of this pipeline')
    .requiredOption('--key <key>', 'the key of the row: 42, or of several columns ["a","1"]')
    .option('--table <name>', 'target table, such as orders or app_olap.products; default: any')
    .option('--yes', 'delete them; otherwise only count them')
    .option('--json', 'one line of JSON')
    .action(({ pipeline, key, table, yes = false, json }: Flags) =>
      inCommandContext(async ({ database }) => {
        await checkPipeline(database, pipeline);
        const erased = await eraseLetters(database, {
          pipeline,
          key: oneKey(key),
          ...(table !== undefined && { table }),
          dryRun: !yes,
        });
        if (json) return printJson({ erased, dryRun: !yes });
        print(`${plural(erased, 'dead letter')} ${yes ? 'erased' : 'would be erased'}.`);
        if (erased > 0 && !yes) print('Nothing was changed: run it again with --yes.');
        if (yes) print('The topics of Kafka (the source and *.dlq) keep their copies until their retention.');
      }),
    );
}

function oneKey(text: string): readonly string[] {
  const { low, high } = parseKeys(text);
  if (low !== null && low === high) return low;
  throw new RequestError(request`${field('key')} is a range of keys: name one.`);
}
