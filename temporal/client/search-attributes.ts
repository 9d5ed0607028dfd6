import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { AlirError } from '../../src/errors/alir-error.ts';
import { searchAttributeKeys } from '../contract.ts';

const indexedTypes = {
  KEYWORD: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;

const permissionDenied = 7;
const unimplemented = 12;

/**
 * Registers Alir's search attributes in the namespace where they are missing. Running it again changes nothing. Who may
 * use the namespace and not administer it (Temporal Cloud lets nobody do it this way) needs somebody who may.
 *
 * @throws AlirError TEMPORAL_UNAVAILABLE naming those that are missing and must be registered by somebody else
 */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const { operatorService, workflowService } = client.connection;
  const namespace = client.options.namespace;
  const listed = await operatorService.listSearchAttributes({ namespace }).catch(async (error: unknown) => {
    if (!isRefused(error)) throw error;
    // With a wrong key this is refused as well; without the right to look, they are taken to be there.
    await workflowService.describeNamespace({ namespace });
    return null;
  });
  if (listed === null) return;
  const keys = Object.values(searchAttributeKeys);
  const missing = keys.filter(({ name }) => !(name in (listed.customAttributes ?? {})));
  if (missing.length === 0) return;
  try {
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((key) => [key.name, indexedTypes[key.type]])),
    });
  } catch (error) {
    if (!isRefused(error)) throw error;
    const names = missing.map(({ name, type }) => `${name} (${type === 'INT' ? 'Int' : 'Keyword'})`);
    throw new AlirError(
      'TEMPORAL_UNAVAILABLE',
      `The namespace ${namespace} lacks search attributes, and Alir may not add them: ${names.join(', ')}.`,
      { cause: error, remedy: 'Ask an administrator of the namespace to add them.' },
    );
  }
}

function isRefused(error: unknown): boolean {
  const status = (error as { code?: unknown } | null)?.code;
  return status === permissionDenied || status === unimplemented;
}
