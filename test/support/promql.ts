import { parser } from '@prometheus-io/lezer-promql';

/**
 * The metrics that an expression names.
 *
 * @throws Error where it is no PromQL, or chooses metrics by a pattern of names
 */
export function metricsOf(expr: string): string[] {
  const names = new Set<string>();
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL after "${expr.slice(0, node.from)}": ${expr}`);
      if (node.name !== 'VectorSelector') return;
      const name = node.node.getChild('Identifier');
      if (name === null) throw new Error(`a selector without the name of a metric: ${expr}`);
      names.add(expr.slice(name.from, name.to));
    },
  });
  return [...names];
}

/** The names of the samples in Prometheus's text format. */
export function samplesOf(text: string): Set<string> {
  return new Set([...text.matchAll(/^([a-zA-Z_:][\w:]*)/gm)].map((match) => match[1] ?? ''));
}

/** The metrics that a text in Prometheus's format declares, each with its type; those that have no samples, too. */
export function declaredIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
}
