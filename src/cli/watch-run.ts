import { setTimeout as delay } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import type { BackfillProgress } from '../../temporal/contract.ts';
import { count, note } from './output.ts';
import { getBackfill, isOpen, progressOf, type Backfill } from '../operations/backfill/control.ts';
import { getRedrive, redriveProgress } from '../operations/dead-letters/redrive.ts';
import type { RedriveRow } from '../metadata/dead-letters/redrives.ts';
import type { CommandContext } from '../operations/command-context.ts';

const lookEveryMs = 300;
/** Where nobody looks at a terminal, a line now and then. */
const sayEveryMs = 5_000;

/** A backfill or a redrive that is followed. */
interface Watched<Row> {
  /** For people. */
  readonly what: string;
  readonly read: () => Promise<Row>;
  readonly isOpen: (row: Row) => boolean;
  /** Null: nobody answers. */
  readonly progressOf: (row: Row) => Promise<BackfillProgress<unknown> | null>;
}

/** Follows a backfill to its end, with a bar on a terminal and plain lines elsewhere. Waits while it is paused. */
export function watchBackfill(place: CommandContext, id: string): Promise<Backfill> {
  return watch({
    what: 'backfill',
    read: () => getBackfill(place, id),
    isOpen,
    progressOf: (row) => progressOf(place, row),
  });
}

/** Follows a redrive in the same way. */
export function watchRedrive(place: CommandContext, id: string): Promise<RedriveRow> {
  return watch({
    what: 'redrive',
    read: () => getRedrive(place, id),
    isOpen,
    progressOf: (row) => redriveProgress(place, row),
  });
}

async function watch<Row extends { readonly state: string }>(watched: Watched<Row>): Promise<Row> {
  const show = process.stderr.isTTY ? bar() : lines(watched.what);
  try {
    for (;;) {
      const row = await watched.read();
      if (!watched.isOpen(row)) {
        show.end(row.state);
        return row;
      }
      const progress = await watched.progressOf(row);
      if (progress !== null) show.progress(progress);
      await delay(lookEveryMs);
    }
  } finally {
    show.close();
  }
}

interface Show {
  progress(progress: BackfillProgress<unknown>): void;
  end(state: string): void;
  close(): void;
}

function bar(): Show {
  const shown = new SingleBar(
    {
      format: '{bar} {percentage} % | {value} of {total} | {rate}/s | {eta_formatted} left | {state}',
      etaBuffer: 50,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const rate = rateMeter();
  let isStarted = false;
  let total = 0;
  return {
    progress({ total: all, done, state }) {
      if (!isStarted) shown.start(all, done, { rate: '–', state });
      isStarted = true;
      total = all;
      shown.setTotal(all);
      shown.update(done, { rate: count(rate(done)), state });
    },
    end(state) {
      if (isStarted && state === 'completed') shown.update(total, { state });
      else if (isStarted) shown.update({ state });
    },
    close: () => shown.stop(),
  };
}

function lines(what: string): Show {
  const rate = rateMeter();
  let saidAt = 0;
  return {
    progress({ total: all, done, state }) {
      const perSecond = rate(done);
      if (Date.now() - saidAt < sayEveryMs) return;
      saidAt = Date.now();
      const left =
        perSecond === 0 ? '' : `, about ${count(Math.ceil(Math.max(0, all - done) / perSecond))} s left`;
      note(`${state}: ${count(done)} of ${count(all)}, ${count(perSecond)}/s${left}`);
    },
    end: (state) => note(`The ${what} is ${state}.`),
    close: () => undefined,
  };
}

/** Offsets a second since the watching began. */
function rateMeter(): (done: number) => number {
  let began: { readonly at: number; readonly done: number } | undefined;
  return (done) => {
    began ??= { at: Date.now(), done };
    const seconds = (Date.now() - began.at) / 1000;
    return seconds < 0.2 ? 0 : Math.round((done - began.done) / seconds);
  };
}
