import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { projectRoot } from '../../src/config/project-root.ts';

export interface N8nNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly credentials?: Readonly<Record<string, { readonly id: string; readonly name: string }>>;
}

export interface N8nWorkflow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly nodes: readonly N8nNode[];
  readonly connections: Readonly<
    Record<string, { readonly main: readonly (readonly { readonly node: string }[])[] }>
  >;
}

/** What an expression may name: the item at hand, the environment, and what other nodes gave. */
export interface N8nScope {
  readonly json: object;
  readonly env: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, object>>;
}

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A workflow file of `deploy/n8n/workflows`. */
export function readWorkflow(file: string): N8nWorkflow {
  return JSON.parse(readFileSync(join(projectRoot, 'deploy/n8n/workflows', file), 'utf8')) as N8nWorkflow;
}

/** The node of that name. */
export function nodeOf(workflow: N8nWorkflow, name: string): N8nNode {
  const found = workflow.nodes.find((node) => node.name === name);
  if (!found) throw new Error(`${workflow.name} has no node ${name}`);
  return found;
}

/** The value of a parameter as n8n works it out: text with `=` before it holds expressions in `{{ }}`. */
export function evaluate(value: unknown, scope: N8nScope): unknown {
  if (typeof value !== 'string' || !value.startsWith('=')) return value;
  const text = value.slice(1);
  const whole = /^\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text);
  if (whole) return run(whole[1] ?? '', scope);
  return text.replaceAll(/\{\{(.*?)\}\}/gs, (_all, expression: string) => String(run(expression, scope)));
}

function run(expression: string, { json, env, outputs = {} }: N8nScope): unknown {
  const $ = (name: string) => {
    if (!(name in outputs)) throw new Error(`the node ${name} has not run`);
    return { first: () => ({ json: outputs[name] }) };
  };
  return runInNewContext(expression, { $json: json, $env: env, $, JSON });
}

/** The request that an HTTP Request node makes for an item. */
export function callOf(node: N8nNode, scope: N8nScope): HttpCall {
  const of = (name: string) => evaluate(node.parameters[name], scope) as string;
  const { parameters = [] } = (node.parameters['headerParameters'] ?? {}) as {
    parameters?: { name: string; value: string }[];
  };
  const sent = parameters.map(({ name, value }) => [name, evaluate(value, scope) as string] as const);
  const body = node.parameters['sendBody'] === true ? { body: of('jsonBody') } : {};
  return {
    url: of('url'),
    method: (node.parameters['method'] as string | undefined) ?? 'GET',
    headers: { ...Object.fromEntries(sent), ...(body.body ? { 'content-type': 'application/json' } : {}) },
    ...body,
  };
}

/** One comparison of an If or Switch node. */
interface Condition {
  readonly leftValue: unknown;
  readonly rightValue: unknown;
  readonly operator: { readonly operation: string };
}
export interface Conditions {
  readonly combinator: string;
  readonly conditions: readonly Condition[];
}

/** Whether an item passes all conditions. */
export function passes({ combinator, conditions }: Conditions, scope: N8nScope): boolean {
  if (combinator !== 'and') throw new Error(`${combinator} is not known here`);
  return conditions.every(({ leftValue, rightValue, operator }) => {
    const left = evaluate(leftValue, scope);
    if (operator.operation === 'true' || operator.operation === 'false')
      return left === (operator.operation === 'true');
    if (operator.operation === 'equals') return left === evaluate(rightValue, scope);
    throw new Error(`${operator.operation} is not known here`);
  });
}

/** The node to which a Switch node sends an item. */
export function chosenBy(workflow: N8nWorkflow, node: N8nNode, scope: N8nScope): string {
  const { values } = node.parameters['rules'] as { values: { conditions: Conditions }[] };
  const found = values.findIndex(({ conditions }) => passes(conditions, scope));
  const output = found === -1 ? values.length : found;
  return workflow.connections[node.name]?.main[output]?.[0]?.node ?? '';
}

/** The fields that a Set node makes. */
export function fieldsOf(node: N8nNode, scope: N8nScope): Record<string, unknown> {
  if (node.parameters['mode'] === 'raw')
    return JSON.parse(node.parameters['jsonOutput'] as string) as Record<string, unknown>;
  const { assignments } = node.parameters['assignments'] as {
    assignments: { name: string; value: unknown }[];
  };
  return Object.fromEntries(assignments.map(({ name, value }) => [name, evaluate(value, scope)]));
}
