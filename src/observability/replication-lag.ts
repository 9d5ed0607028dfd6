/**
 * The lag of a table: what waits in its topic, and what Maxwell adds. Where nothing waits in the topic, something may
 * wait before it.
 *
 * @param ofTopic seconds; null: not known
 * @param ofMaxwell seconds; null: not known
 * @returns null: not known. What waits in the topic is a lower bound, so it counts also where Maxwell's part is unknown.
 */
export function lagBehindSource(ofTopic: number | null, ofMaxwell: number | null): number | null {
  if (ofTopic === null) return null;
  if (ofMaxwell === null) return ofTopic > 0 ? ofTopic : null;
  return Math.max(ofTopic, ofMaxwell);
}
