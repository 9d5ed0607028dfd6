/**
 * The commands in what is printed, as they must be typed. For a stack `lab`: `alir stack up` is printed as
 * `alir stack up --name lab`, `alir run` as `ALIR_STACK=lab alir run`; those of the stack `default` need no name. In a
 * container of docker-compose.yml: what works on the machine itself, as `docker compose up --wait` for both.
 */
import { isInCompose } from '../config/in-compose.ts';

let stack = 'default';

/** From now on, the commands that this process prints are those of this stack. */
export function speakOfStack(name: string): void {
  stack = name;
}

const commands =
  /((?:npm run )?\balir (?:-- )?)(demo|stack (?:up|down|status|logs|reset)|run|worker|consume|serve|migrate|produce|backfill|dead-letters|dlq|verify|replica|maxwell|build|status|doctor|config)\b(?! --name\b)/g;
const startsEither = /\balir run \(or alir (?:worker|consume)\)/g;

/** What compose does in the place of a command that its containers refuse, or do already. */
const ofCompose: Readonly<Record<string, string>> = {
  'stack up': 'up --wait',
  'stack down': 'down',
  'stack reset': 'down --volumes',
  'stack status': 'ps',
  'stack logs': 'logs',
  run: 'up --wait',
  worker: 'up --wait worker',
  consume: 'up --wait consumer',
  serve: 'up --wait api',
};

/** Behind `alir run` in a sentence: there it names what runs, and is not to be typed. */
const inSentence = /^ (?!\(or)/;

/** A text with its commands as they must be typed for the stack that this process speaks of. */
export function nameStack(text: string): string {
  if (!text.includes('alir ')) return text;
  if (isInCompose()) return inWordsOfCompose(text);
  if (stack === 'default') return text;
  return text.replace(commands, (_all, alir: string, command: string) =>
    /^(?:demo|stack)/.test(command)
      ? `${alir}${command} --name ${stack}`
      : `ALIR_STACK=${stack} ${alir}${command}`,
  );
}

function inWordsOfCompose(text: string): string {
  return text
    .replace(startsEither, 'alir run')
    .replace(commands, (all: string, _alir, command: string, at: number, whole: string) => {
      const rest = whole.slice(at + all.length);
      if (['run', 'worker', 'consume', 'serve'].includes(command) && inSentence.test(rest)) return all;
      return `docker compose ${ofCompose[command] ?? `run --rm alir ${command}`}`;
    });
}
