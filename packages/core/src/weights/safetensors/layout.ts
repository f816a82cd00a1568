import { safetensorsError } from './rules.ts';
import type { SafetensorsTensor } from './tensor.ts';

/**
 * Checks that the tensors cover the data without overlaps, gaps and trailing bytes. Bytes outside all tensors would allow
 * files that other programs interpret as another format.
 *
 * The header may list the tensors in any order.
 */
export function checkLayout(tensors: ReadonlyMap<string, SafetensorsTensor>, dataBytes: number): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let previous: string | undefined;
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (end > dataBytes) {
      throw safetensorsError(
        'offsets-past-end',
        `${tensor} ends at ${end}, the file has ${dataBytes} bytes of data: it may be truncated`,
      );
    }
    if (previous === undefined && begin > 0) {
      throw safetensorsError(
        'offsets-start',
        `the first tensor, ${JSON.stringify(name)}, begins at ${begin}, expected 0`,
      );
    }
    if (begin < covered) {
      throw safetensorsError(
        'offsets-overlap',
        `${tensor} begins at ${begin}, before the end of tensor ${JSON.stringify(previous)} at ${covered}`,
      );
    }
    if (begin > covered) {
      throw safetensorsError(
        'offsets-hole',
        `bytes ${covered} to ${begin} between tensors ${JSON.stringify(previous)} and ${JSON.stringify(name)} belong to no tensor`,
      );
    }
    covered = end;
    previous = name;
  }
  // The size of a file that is arriving may be unknown.
  if (covered !== dataBytes && dataBytes !== Infinity) {
    throw safetensorsError('trailing-bytes', `the tensors end at ${covered}, the data end at ${dataBytes}`);
  }
}
