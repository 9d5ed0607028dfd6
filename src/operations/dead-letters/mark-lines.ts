import { plural } from '../../errors/sentences.ts';
import type { FieldReason } from '../../pipelines/pipeline.ts';
import type { JsonLine } from './json-lines.ts';
import { cutTo } from './printable.ts';

const longestLine = 160;
const longestMark = 120;
/** Lines around a marked one that are always shown. */
const around = 2;

/** Index of a line to what is said behind it. */
export type Marks = ReadonlyMap<number, string>;

/**
 * The lines at which reasons point. A field that is missing is marked where it should be: at the line that opens what
 * it would be part of. Paths of a row are those inside of Maxwell's `data`.
 */
export function marksOf(lines: readonly JsonLine[], reasons: readonly FieldReason[]): Marks {
  const opened = new Map<string, number>();
  lines.forEach(({ path, closes }, index) => {
    if (!closes) opened.set(path, index);
  });
  const marks = new Map<number, string>();
  for (const { path, rule } of reasons) {
    const [index, missing] = lineOf(opened, path);
    const said = missing === '' ? rule : `${missing}: ${rule}`;
    const before = marks.get(index);
    marks.set(index, before === undefined ? said : `${before}; ${said}`);
  }
  return marks;
}

/** The line of a path, and what of the path is not there. */
function lineOf(opened: ReadonlyMap<string, number>, path: string): [index: number, missing: string] {
  const steps = path.split('.');
  for (let length = steps.length; length > 0; length -= 1) {
    const known = steps.slice(0, length).join('.');
    const index = opened.get(known) ?? opened.get(`data.${known}`);
    if (index !== undefined) return [index, steps.slice(length).join('.')];
  }
  return [0, path];
}

/** The lines of a correction that differ from the original, with what stood there. */
export function changesOf(lines: readonly JsonLine[], original: readonly JsonLine[]): Marks {
  const before = new Map(original.filter(({ closes }) => !closes).map((line) => [line.path, line.leaf]));
  const marks = new Map<number, string>();
  lines.forEach(({ path, leaf, closes }, index) => {
    if (closes) return;
    if (!before.has(path)) marks.set(index, 'new');
    else if (before.get(path) !== leaf && leaf !== undefined)
      marks.set(index, `was ${before.get(path) ?? 'a list or an object'}`);
  });
  return marks;
}

/**
 * Lines as people see them: the marks behind their lines, and of a long value the marked lines with those around them,
 * then the first ones. What is left out is said where it is missing.
 */
export function markedLines(lines: readonly JsonLine[], marks: Marks, most: number): string[] {
  const chosen = chooseLines(lines.length, marks, most);
  const shown: string[] = [];
  let next = 0;
  for (const index of chosen) {
    if (index > next) shown.push(leftOut(index - next));
    const mark = marks.get(index);
    const text = cutTo(lines[index]?.text ?? '', longestLine);
    shown.push(mark === undefined ? text : `${text}   ←  ${cutTo(mark, longestMark)}`);
    next = index + 1;
  }
  if (next < lines.length) shown.push(leftOut(lines.length - next));
  return shown;
}

function chooseLines(count: number, marks: Marks, most: number): number[] {
  const chosen = new Set<number>();
  const choose = (index: number): void => {
    if (index >= 0 && index < count && chosen.size < most) chosen.add(index);
  };
  for (const index of marks.keys()) choose(index);
  for (const index of marks.keys())
    for (let distance = 1; distance <= around; distance += 1) {
      choose(index - distance);
      choose(index + distance);
    }
  for (let index = 0; index < count && chosen.size < most; index += 1) choose(index);
  return [...chosen].sort((a, b) => a - b);
}

function leftOut(lines: number): string {
  return `… ${plural(lines, 'line')} left out`;
}
