import type { ZodType, z } from 'zod';
import type { Api } from './types.ts';

export interface Reply {
  readonly body: unknown;
  /** Path of what was made. */
  readonly location?: string;
  /** There was nothing to do: the answer is the route's `idle`. */
  readonly isIdle?: true;
}

interface Answer {
  readonly status: number;
  readonly description: string;
  readonly schema: ZodType;
}

/** One route: what the server does and what the OpenAPI document says come from the same lines. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As fastify writes it, below /v1. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  /** The body of a POST, the query of a GET. */
  readonly input: ZodType;
  /** Limit of the body in bytes; absent: the usual one. */
  readonly bodyLimit?: number;
  readonly answer: Answer;
  /** The answer where there is nothing to do; absent: there always is. */
  readonly idle?: Answer;
  /** Statuses that it may answer beside those that every route has. */
  readonly refusals: readonly number[];
  handle(api: Api, id: string, input: unknown): Promise<Reply>;
}

/** A route whose handler gets its input as the schema makes it. */
export function route<Input extends ZodType>(
  parts: Omit<Route, 'handle' | 'input'> & {
    readonly input: Input;
    handle(api: Api, id: string, input: z.output<Input>): Promise<Reply>;
  },
): Route {
  return { ...parts, handle: (api, id, input) => parts.handle(api, id, input as z.output<Input>) };
}
