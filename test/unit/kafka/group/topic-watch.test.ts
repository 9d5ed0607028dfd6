import { describe, expect, test } from 'vitest';
import { TopicWatch } from '../../../../src/kafka/group/topic-watch.ts';

const known = { a: 'id of a', b: 'id of b' };
const present = (...names: string[]) => new Map(names.map((name) => [name, `id of ${name}`]));
const watching = (named: readonly string[] = []) => new TopicWatch(new Map(Object.entries(known)), named);

describe('topics under a session', () => {
  test('the same topics end nothing', () => {
    const watch = watching(['a', 'never']);
    for (let look = 0; look < 20; look++) expect(watch.look(present('b', 'a'))).toBeNull();
  });

  test('one that vanished or was made again ends it at once', () => {
    expect(watching().look(present('a'))).toBe('the topic b vanished');
    expect(watching().look(present('a', 'b').set('b', 'another'))).toBe('the topic b was made again');
  });

  test('one that is awaited by its name ends it at once', () => {
    expect(watching(['c']).look(present('a', 'b', 'c'))).toBe('the topic c appeared');
  });

  test('new ones of a pattern end it when a look finds no other new one', () => {
    const watch = watching();
    expect(watch.look(present('a', 'b', 'c'))).toBeNull();
    expect(watch.look(present('a', 'b', 'c', 'd', 'e'))).toBeNull();
    expect(watch.look(present('a', 'b', 'c', 'd', 'e', 'f'))).toBeNull();
    expect(watch.look(present('a', 'b', 'c', 'd', 'e', 'f'))).toBe('4 topics appeared: c, d, e, …');
  });

  test('one that goes away while it is waited for is forgotten', () => {
    const watch = watching();
    expect(watch.look(present('a', 'b', 'c', 'd'))).toBeNull();
    expect(watch.look(present('a', 'b', 'c'))).toBe('the topic c appeared');
    const other = watching();
    expect(other.look(present('a', 'b', 'c'))).toBeNull();
    expect(other.look(present('a', 'b'))).toBeNull();
    expect(other.look(present('a', 'b', 'c'))).toBeNull();
  });

  test('an endless stream of new ones is not waited for without end', () => {
    const watch = watching();
    const names = ['a', 'b'];
    let looks = 0;
    for (let why: string | null = null; why === null; looks++) {
      names.push(`new ${looks}`);
      why = watch.look(present(...names));
    }
    expect(looks).toBe(10);
  });
});
