import {
  type EncoderModel,
  loadEncoder,
  parseSafetensors,
  type SafetensorsHeader,
  Tokenizer,
  writeSafetensors,
} from '@headwise/core';
import type { ArrivingEncoder, FirstBlocksModel } from './arriving-encoder.ts';
import type { ArrivingWeights } from './arriving-weights.ts';
import { requestRows } from './rows.ts';

/** The block of a tensor of BERT. */
const BLOCK = /^encoder\.layer\.(\d+)\./;

/** See `FirstBlocks.models`. */
export async function* blockModels(
  arriving: ArrivingEncoder,
  text: string,
  signal: AbortSignal,
): AsyncGenerator<FirstBlocksModel, void> {
  const { weights, files } = arriving;
  const header = await headerOf(weights);
  if (!header || weights.version === undefined || files.size < 2) return;
  const ends = blockEnds(header);
  if (!(await readRows(arriving, header, text, signal))) return;
  for (let count = 1; count < ends.length; count += 1) {
    if (!(await weights.first(header.dataStart + ends[count - 1]!))) return;
    const isNextThere = count + 1 < ends.length && weights.has(header.dataStart + ends[count]!);
    if (isNextThere) continue;
    signal.throwIfAborted();
    const model = await modelOf(arriving, header, count, signal);
    try {
      yield { model, layers: ends.length };
    } finally {
      await model.dispose();
    }
  }
}

/** The header of a file; undefined if it does not come. */
async function headerOf(weights: ArrivingWeights): Promise<SafetensorsHeader | undefined> {
  const prefix = await weights.first(8);
  if (!prefix) return undefined;
  const length = Number(new DataView(prefix.buffer, 0, 8).getBigUint64(0, true));
  const file = await weights.first(8 + length);
  // The file has its full length from the beginning.
  return file && parseSafetensors(file);
}

/** Requests the rows of the words of a text that are not there. False if they cannot be had. */
async function readRows(
  { weights, rows, words, url, files }: ArrivingEncoder,
  header: SafetensorsHeader,
  text: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [tokenizerJson, tokenizerConfigJson] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map(async (name) => {
      const json = await files.get(name);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    }),
  );
  const { ids } = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfigJson }).encode(text);
  const missing = [...new Set(ids)].filter((id) => !rows.has(id));
  const { begin, shape } = header.tensors.get(words)!;
  const table = { url, version: weights.version!, start: header.dataStart + begin, width: shape[1]!, signal };
  const requested = await requestRows(missing, table);
  for (const [id, row] of requested ?? []) rows.set(id, row);
  return requested !== undefined;
}

/** The model of the first `count` blocks, which are there. */
async function modelOf(
  { entry, words, weights, files, rows }: ArrivingEncoder,
  header: SafetensorsHeader,
  count: number,
  signal: AbortSignal,
): Promise<EncoderModel> {
  const names = [...header.tensors.keys()].filter((name) => Number(BLOCK.exec(name)?.[1] ?? -1) < count);
  const ends = names.filter((name) => name !== words).map((name) => header.tensors.get(name)!.end);
  const bytes = (await weights.first(header.dataStart + Math.max(...ends)))!;
  const tensors = names.map((name) => {
    const { dtype, shape, begin, end } = header.tensors.get(name)!;
    const data =
      name === words
        ? tableOf(rows, shape[0]!, shape[1]!)
        : bytes.subarray(header.dataStart + begin, header.dataStart + end);
    return [name, { dtype, shape, bytes: data }] as const;
  });
  const source = new Map<string, string | Uint8Array>();
  for (const [name, text] of files) source.set(name, await text);
  source.set('config.json', configOf(source.get('config.json') as string, names, count));
  source.set(entry.weightsFile, writeSafetensors(tensors));
  return loadEncoder(source, { weightsFile: entry.weightsFile, signal });
}

/** The table of words: zeros where a row was not needed. */
function tableOf(rows: ReadonlyMap<number, Uint8Array>, size: number, width: number): Uint8Array {
  const table = new Uint8Array(size * width);
  for (const [id, row] of rows) table.set(row, id * width);
  return table;
}

/** Where the blocks end in the data of a file: each only when those before it have ended. */
function blockEnds({ tensors }: SafetensorsHeader): number[] {
  const ends: number[] = [];
  for (const [name, { end }] of tensors) {
    const block = BLOCK.exec(name)?.[1];
    if (block !== undefined) ends[Number(block)] = Math.max(ends[Number(block)] ?? 0, end);
  }
  return ends.map((_, i) => Math.max(...ends.slice(0, i + 1)));
}

/** A config.json with that number of blocks, and with the tensors that are there. */
function configOf(json: string, names: readonly string[], count: number): string {
  const config = JSON.parse(json) as {
    quantization_config: { tensors: Readonly<Record<string, unknown>> };
  };
  const tensors = Object.entries(config.quantization_config.tensors).filter(([name]) =>
    names.includes(`${name}.q8`),
  );
  return JSON.stringify({
    ...config,
    num_hidden_layers: count,
    quantization_config: { ...config.quantization_config, tensors: Object.fromEntries(tensors) },
  });
}
