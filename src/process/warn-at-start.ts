import { isInCompose } from '../config/in-compose.ts';
import type { Config } from '../config/load-config.ts';
import { withConnection } from '../mysql/server-connection.ts';
import type { Logger } from '../observability/logger.ts';
import { measureSkew, skewTrouble } from '../operations/doctor/clocks.ts';
import { readMemory, troublesOf } from '../operations/doctor/memory.ts';

/**
 * Says in the process's own log what will hurt later and leaves no word there then: too little memory, wrong clocks.
 *
 * @throws AlirError MYSQL_*
 */
export async function warnAtStart({ target }: Config, logger: Logger): Promise<void> {
  const skew = await withConnection(target, (connection) => measureSkew((sql) => connection.query(sql)));
  const clock = skewTrouble('the MySQL target', skew);
  const troubles = troublesOf(readMemory(), isInCompose());
  for (const { found, means, todo } of [...troubles, ...(clock ? [clock] : [])])
    logger.warn(`${found} ${means} ${todo}`);
}
