import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@headwise/core';

/** Positions of a scripted model, and features: one for each position. */
const SIZE = 384;
/** Characters, and the token behind them that ends a text. */
const CHARACTERS = [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), '\n'];
const END = CHARACTERS.length;

/**
 * Writes a GPT-2 whose next token depends on its position alone, with a token for each character: after a prompt of `length` tokens it writes the script of
 * that length, and ends. The length of a prompt chooses the answer.
 */
export async function writeScriptedModel(
  scripts: Readonly<Record<number, string>>,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const head = new Float32Array((END + 1) * SIZE);
  for (const [length, script] of Object.entries(scripts)) {
    const ids = [...[...script].map((character) => CHARACTERS.indexOf(character)), END];
    for (const [i, id] of ids.entries()) head[id * SIZE + Number(length) - 1 + i] = 1;
  }
  const identity = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++) identity[i * SIZE + i] = 1;
  const tensors: [string, readonly number[], Float32Array][] = [
    ['wte.weight', [END + 1, SIZE], new Float32Array((END + 1) * SIZE)],
    ['wpe.weight', [SIZE, SIZE], identity],
    ['lm_head.weight', [END + 1, SIZE], head],
    ...norm('ln_f'),
    ...norm('h.0.ln_1'),
    ...norm('h.0.ln_2'),
    ...linear('h.0.attn.c_attn', SIZE, 3 * SIZE),
    ...linear('h.0.attn.c_proj', SIZE, SIZE),
    ...linear('h.0.mlp.c_fc', SIZE, 8),
    ...linear('h.0.mlp.c_proj', 8, SIZE),
  ];
  const weights = writeSafetensors(
    tensors.map(([name, shape, values]) => [
      name,
      { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) },
    ]),
  );
  const config = {
    model_type: 'gpt2',
    vocab_size: END + 1,
    n_embd: SIZE,
    n_head: 1,
    n_layer: 1,
    n_inner: 8,
    n_positions: SIZE,
    tie_word_embeddings: false,
    bos_token_id: END,
    eos_token_id: END,
  };
  const tokenizer = {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...CHARACTERS, '<end>'].map((token, id) => [token, id])),
      merges: [],
    },
    added_tokens: [{ id: END, content: '<end>', special: true }],
    decoder: { type: 'Fuse' },
  };
  const path = await mkdtemp(join(tmpdir(), 'headwise-scripted-'));
  await writeFile(join(path, 'model.safetensors'), weights);
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  await writeFile(join(path, 'tokenizer.json'), JSON.stringify(tokenizer));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const norm = (name: string): [string, readonly number[], Float32Array][] => [
  [`${name}.weight`, [SIZE], new Float32Array(SIZE).fill(1)],
  [`${name}.bias`, [SIZE], new Float32Array(SIZE)],
];

const linear = (
  name: string,
  inputs: number,
  outputs: number,
): [string, readonly number[], Float32Array][] => [
  [`${name}.weight`, [inputs, outputs], new Float32Array(inputs * outputs)],
  [`${name}.bias`, [outputs], new Float32Array(outputs)],
];
