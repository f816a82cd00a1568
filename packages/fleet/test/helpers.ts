import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEncoder, parseSafetensors, writeSafetensors } from '@headwise/core';
import { createStateDict } from '@headwise/core/train';
import { modelSource } from '@headwise/models';
import { onTestFinished } from 'vitest';
import { type FleetManifest, type FleetOptions, runFleet } from '../src/index.ts';

/** An encoder of this repository. */
export const ENCODER = fileURLToPath((await modelSource('ko-student')) as URL);

/** A new directory that is removed after the test. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'headwise-fleet-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Texts of different lengths in two languages; the first is empty. */
export function texts(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${'나는 커피를 마셨다. I drank coffee. '.repeat(i % 6)}${i || ''}`,
  );
}

export async function writeJsonl(path: string, values: readonly unknown[]): Promise<string> {
  await writeFile(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  return path;
}

/** The embeddings as one process computes them from all texts at once. */
export async function embeddingsOf(all: readonly string[]): Promise<Float32Array[]> {
  const model = await loadEncoder(ENCODER, { backend: 'wasm-simd' });
  try {
    return await model.embed(all);
  } finally {
    await model.dispose();
  }
}

/** The rows that a run has written, in order. */
export async function readRows(
  directory: string,
  { shards, tensor, width = 0 }: FleetManifest,
): Promise<Float32Array[]> {
  const rows: Float32Array[] = [];
  for (const { vectors } of shards) {
    const bytes = await readFile(join(directory, vectors.file));
    const { tensors, dataStart } = parseSafetensors(bytes);
    const { begin, end } = tensors.get(tensor)!;
    const data = new Float32Array(Uint8Array.from(bytes.subarray(dataStart + begin, dataStart + end)).buffer);
    for (let at = 0; at < data.length; at += width) rows.push(data.subarray(at, at + width));
  }
  return rows;
}

/** A classifier of random weights with the labels no, maybe and yes. */
export async function writeClassifier(directory: string): Promise<string> {
  const config = {
    model_type: 'bert',
    architectures: ['BertForSequenceClassification'],
    vocab_size: 4,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 8,
    id2label: { 0: 'no', 1: 'maybe', 2: 'yes' },
    label2id: { no: 0, maybe: 1, yes: 2 },
  };
  const vocab = { a: 0, b: 1, c: 2, '[UNK]': 3 };
  const stateDict = createStateDict(config, { taskHeads: ['sequenceClassification'], seed: 1 });
  const files = {
    'config.json': JSON.stringify(config),
    'tokenizer.json': JSON.stringify({
      model: {
        type: 'WordPiece',
        vocab,
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
      },
      pre_tokenizer: { type: 'Whitespace' },
    }),
    'tokenizer_config.json': JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }),
    'model.safetensors': writeSafetensors(
      [...stateDict].map(([name, { data, shape }]) => [
        name,
        { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
      ]),
    ),
  };
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return directory;
}

/** Runs, and removes what the last shard and the manifest are, as if all processes had been killed before. */
export async function runAllButLast(corpus: string, options: FleetOptions): Promise<void> {
  const { shards } = await runFleet(corpus, options);
  const { vectors, record } = shards.at(-1)!;
  for (const name of ['manifest.json', vectors.file, record.file]) await rm(join(options.out, name));
}
