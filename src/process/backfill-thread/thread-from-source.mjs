/** The thread where nothing is built: a worker thread of Node 20 does not take tsx over from the thread that starts it. */
import { register } from 'tsx/esm/api';

register();
export const { replayPage, backfillSlice, loadRows, refetchRows } = await import('./thread.ts');
