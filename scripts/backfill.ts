/** Plans, runs and watches backfills: npm run backfill -- plan|run|list|status|pause|resume|cancel|rate … */
import { backfillCommand } from '../src/cli/commands/backfill.ts';
import { runCommand } from '../src/cli/run-command.ts';

const command = backfillCommand().exitOverride();
for (const each of command.commands) each.exitOverride();
await runCommand(() => command.parseAsync());
