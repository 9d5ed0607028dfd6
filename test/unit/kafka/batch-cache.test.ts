import { describe, expect, test } from 'vitest';
import { BatchCache } from '../../../src/kafka/batch-cache.ts';

const key = { topicId: 'a', partition: 0, first: 10, last: 19 };

describe('batch cache', () => {
  test('a hit needs topic id, partition, first and last to be equal', () => {
    const cache = new BatchCache<string>(100);
    cache.put(key, 'rows', 10);
    expect(cache.get({ ...key })).toBe('rows');
    for (const other of [{ topicId: 'b' }, { partition: 1 }, { first: 11 }, { last: 20 }]) {
      expect(cache.get({ ...key, ...other })).toBeUndefined();
    }
  });
  test('the oldest is dropped when the bytes are used up', () => {
    const cache = new BatchCache<number>(100);
    for (const first of [0, 1, 2]) cache.put({ ...key, first }, first, 40);
    expect(cache.get({ ...key, first: 0 })).toBeUndefined();
    expect(cache.get({ ...key, first: 2 })).toBe(2);
    expect(cache.bytes).toBe(80);
  });
  test('what is larger than the cache is not kept, and drops nothing', () => {
    const cache = new BatchCache<number>(100);
    cache.put(key, 1, 50);
    cache.put({ ...key, last: 99 }, 2, 101);
    expect([cache.size, cache.bytes]).toEqual([1, 50]);
  });
  test('taking and replacing keep the bytes right', () => {
    const cache = new BatchCache<number>(100);
    cache.put(key, 1, 50);
    cache.put(key, 2, 60);
    expect(cache.bytes).toBe(60);
    expect(cache.take(key)).toBe(2);
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });
});
