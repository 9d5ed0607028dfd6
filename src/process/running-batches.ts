import type { Client } from '@temporalio/client';

/** The workflow ids of batches that run, of all pipelines or of one. */
export async function* runningBatches(client: Client, pipeline?: string): AsyncGenerator<string> {
  const ofPipeline = pipeline === undefined ? '' : ` AND Pipeline = '${pipeline}'`;
  const query = `WorkflowType = 'processBatch' AND ExecutionStatus = 'Running'${ofPipeline}`;
  for await (const { workflowId } of client.workflow.list({ query })) yield workflowId;
}
