import { ggufError } from './rules.ts';
import type { GgufTensor } from './tensors.ts';

/**
 * Checks that the tensors cover the data from the first byte to the last, one after another, with nothing between them but what brings
 * the next one to a multiple of the alignment. ggml wants them in the header's order, too; here only their places decide.
 */
export function checkLayout(
  tensors: ReadonlyMap<string, GgufTensor>,
  dataBytes: number,
  alignment: number,
): void {
  const placed = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const padded = (at: number) => Math.ceil(at / alignment) * alignment;
  let previous: string | undefined;
  let covered = 0;
  for (const [name, { begin, end }] of placed) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    const before = `tensor ${JSON.stringify(previous)}`;
    if (begin % alignment !== 0) {
      throw ggufError(
        'offset-misaligned',
        `${tensor} begins at ${begin}, which is no multiple of ${alignment}`,
      );
    }
    if (end > dataBytes) {
      throw ggufError(
        'offsets-past-end',
        `${tensor} ends at ${end}, the file has ${Math.max(0, dataBytes)} bytes of data: it may be cut off`,
      );
    }
    if (previous === undefined && begin > 0) {
      throw ggufError('offsets-start', `${tensor} is the first and begins at ${begin}, not at 0`);
    }
    if (begin < covered) {
      throw ggufError(
        'offsets-overlap',
        `${tensor} begins at ${begin}, within ${before} that ends at ${covered}`,
      );
    }
    if (begin > padded(covered)) {
      throw ggufError(
        'offsets-hole',
        `bytes ${covered} to ${begin} between ${before} and ${tensor} belong to none`,
      );
    }
    covered = end;
    previous = name;
  }
  if (dataBytes > padded(covered)) {
    throw ggufError('trailing-bytes', `the tensors end at ${covered}, the data at ${dataBytes}`);
  }
}
