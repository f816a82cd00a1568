import { safetensorsError } from './rules.ts';
import type { SafetensorsTensor } from './tensor.ts';

/**
 * Checks that the tensors cover the data exactly: from its first byte to its last, none twice and none left out. A file
 * with room for bytes that no tensor owns could be read as something else by another program.
 *
 * The header may list tensors in any order; their places in the data decide.
 */
export function checkLayout(tensors: ReadonlyMap<string, SafetensorsTensor>, dataBytes: number): void {
  const placed = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let previous: string | undefined;
  let covered = 0;
  for (const [name, { begin, end }] of placed) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (end > dataBytes) {
      throw safetensorsError(
        'offsets-past-end',
        `${tensor} ends at ${end}, the file has ${dataBytes} bytes of data: it may be cut off`,
      );
    }
    if (previous === undefined && begin > 0) {
      throw safetensorsError('offsets-start', `${tensor} is the first and begins at ${begin}, not at 0`);
    }
    if (begin < covered) {
      throw safetensorsError(
        'offsets-overlap',
        `${tensor} begins at ${begin}, within tensor ${JSON.stringify(previous)} that ends at ${covered}`,
      );
    }
    if (begin > covered) {
      throw safetensorsError(
        'offsets-hole',
        `bytes ${covered} to ${begin} between tensors ${JSON.stringify(previous)} and ${JSON.stringify(name)} belong to none`,
      );
    }
    covered = end;
    previous = name;
  }
  if (covered !== dataBytes) {
    throw safetensorsError('trailing-bytes', `the tensors end at ${covered}, the data at ${dataBytes}`);
  }
}
