import { join } from 'node:path';
import { runTool } from '../../../src/lab/stack/native/run-tool.ts';
import { fixtures, obtainLibrdkafka, obtainPhp, type Program } from './obtain.ts';

/** A message as PHP made it, with what must become of it (test/fixtures/laravel/orders.php). */
export interface LaravelMessage {
  /** Of the order; absent where the message is bad. */
  readonly id?: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  readonly row?: Readonly<Record<string, string | null>> | null;
  readonly message?: Readonly<Record<string, unknown>>;
  readonly dead?: string;
  readonly reason?: string;
}

export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** A message as a handler of the package sees it. */
export interface HandledMessage extends Place {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** PHP's type of each member of the body. */
  readonly types: Readonly<Record<string, string>>;
}

/** PHP and librdkafka on one broker, used as mateusjunges/laravel-kafka uses them. */
export class LaravelSide {
  readonly #php: Program;
  readonly #python: Program;
  readonly #broker: string;

  private constructor(php: Program, python: Program, broker: string) {
    this.#php = php;
    this.#python = python;
    this.#broker = broker;
  }

  /** @throws AlirError TOOL_MISSING where PHP or librdkafka cannot be had */
  static async obtain(broker: string): Promise<LaravelSide> {
    const tell = (text: string) => process.stderr.write(`laravel: ${text}\n`);
    return new LaravelSide(await obtainPhp(tell), await obtainLibrdkafka(tell), broker);
  }

  /** What the application sends, encoded by PHP. */
  async encode(): Promise<LaravelMessage[]> {
    return linesOf(await this.#runPhp('encode.php')) as LaravelMessage[];
  }

  /** Sends the messages one by one; tells where each came to lie. */
  async send(topic: string, messages: readonly LaravelMessage[]): Promise<Place[]> {
    const input = messages.map(({ key, headers, value }) => `${JSON.stringify({ key, headers, value })}\n`);
    return linesOf(await this.#runPython(['produce.py', this.#broker, topic], input.join(''))) as Place[];
  }

  /** Reads so many messages in a group and decodes them in PHP. */
  async handle(topic: string, group: string, count: number): Promise<HandledMessage[]> {
    const read = await this.#runPython(['consume.py', this.#broker, topic, group, String(count)], '');
    return linesOf(await this.#runPhp('decode.php', read)) as HandledMessage[];
  }

  #runPhp(script: string, input = ''): Promise<string> {
    return run(this.#php, ['-n', join(fixtures, script)], input); // -n: settings of this machine do not count
  }

  #runPython([script = '', ...args]: readonly string[], input: string): Promise<string> {
    return run(this.#python, [join(fixtures, script), ...args], input);
  }
}

function run({ program, env }: Program, args: readonly string[], input: string): Promise<string> {
  const options = { env: { ...env }, stdin: 'pipe', input, timeout: 120_000 } as const;
  return runTool(program, args, `Running ${args.join(' ')}`, { code: 'CHECK_FAILED', ...options });
}

function linesOf(printed: string): unknown[] {
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
