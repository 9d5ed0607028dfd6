import type { Config, Origin } from '../../../config/load-config.ts';
import { ok, type Finding } from '../check.ts';
import { plural } from '../../../errors/sentences.ts';

const origins: readonly Origin[] = ['environment', '.env', 'stack', 'default'];

/** The settings are valid, or there would be no `config`; says where they come from. */
export function judgeConfig(config: Config): Finding {
  const all = Object.values(config.origins);
  const parts = origins.flatMap((origin) => {
    const number = all.filter((each) => each === origin).length;
    return number > 0 ? [`${number} from ${origin}`] : [];
  });
  return ok(`${plural(all.length, 'valid setting')}: ${parts.join(', ')} (alir config shows them).`);
}
