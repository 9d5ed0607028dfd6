import { expect, test } from 'vitest';
import { findPipeline, ownTables, pipelines } from '../../../src/pipelines/registry.ts';

test('a pipeline is found by its name', () => {
  for (const pipeline of pipelines) expect(findPipeline(pipeline.name)).toBe(pipeline);
  expect(findPipeline('nothing')).toBeUndefined();
});

test('names, groups and target tables belong to one pipeline each', () => {
  for (const of of [
    pipelines.map(({ name }) => name),
    pipelines.map(({ group }) => group),
    ownTables.map(({ name }) => name),
  ]) {
    expect(new Set(of).size).toBe(of.length);
  }
});

test('no column of a target is named twice', () => {
  for (const table of ownTables) {
    const names = [
      ...table.key.map(({ name }) => name),
      ...table.columns.map(({ name }) => name),
      ...table.versionColumns,
    ];
    expect(new Set(names).size).toBe(names.length);
  }
});
