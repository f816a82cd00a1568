import { ggufError } from './rules.ts';
import type { GgufTensor } from './tensors.ts';

/**
 * Checks that the tensors cover the data without overlaps, gaps and trailing bytes, except for padding to the alignment. Unlike ggml, any
 * order in the header is accepted.
 */
export function checkLayout(
  tensors: ReadonlyMap<string, GgufTensor>,
  dataBytes: number,
  alignment: number,
): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const padded = (at: number) => Math.ceil(at / alignment) * alignment;
  let previous: string | undefined;
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    const previousTensor = `tensor ${JSON.stringify(previous)}`;
    if (begin % alignment !== 0) {
      throw ggufError(
        'offset-misaligned',
        `${tensor} begins at ${begin}, expected a multiple of ${alignment}`,
      );
    }
    if (end > dataBytes) {
      throw ggufError(
        'offsets-past-end',
        `${tensor} ends at ${end}, the file has ${Math.max(0, dataBytes)} bytes of data: it may be truncated`,
      );
    }
    if (previous === undefined && begin > 0) {
      throw ggufError(
        'offsets-start',
        `the first tensor, ${JSON.stringify(name)}, begins at ${begin}, expected 0`,
      );
    }
    if (begin < covered) {
      throw ggufError(
        'offsets-overlap',
        `${tensor} begins at ${begin}, before the end of ${previousTensor} at ${covered}`,
      );
    }
    if (begin > padded(covered)) {
      throw ggufError(
        'offsets-hole',
        `bytes ${covered} to ${begin} between ${previousTensor} and ${tensor} belong to no tensor`,
      );
    }
    covered = end;
    previous = name;
  }
  // The size of a file that is arriving may be unknown.
  if (dataBytes > padded(covered) && dataBytes !== Infinity) {
    throw ggufError('trailing-bytes', `the tensors end at ${covered}, the data end at ${dataBytes}`);
  }
}
