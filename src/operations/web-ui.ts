/** Links to the Temporal Web UI. */
import type { Settings } from '../config/settings.ts';
import { searchAttributeKeys } from '../../temporal/contract.ts';

type WebUi = Pick<Settings, 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE'>;

/** Batches that have found dead letters. */
export const hasDeadLetters = `${searchAttributeKeys.DeadLettered.name} > 0`;

/** The list of workflows that match a visibility query. */
export function workflowListLink(settings: WebUi, query: string): string {
  return `${workflowsLink(settings)}?query=${encodeURIComponent(query)}`;
}

/** The page of one workflow. */
export function workflowLink(settings: WebUi, workflowId: string): string {
  return `${workflowsLink(settings)}/${encodeURIComponent(workflowId)}`;
}

function workflowsLink({ TEMPORAL_UI_URL: address, TEMPORAL_NAMESPACE: namespace }: WebUi): string {
  return `${address.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
