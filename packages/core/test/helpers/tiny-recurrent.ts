import { type TensorData, writeSafetensors } from '../../src/index.ts';
import type { FloatArray } from '../../src/nn.ts';
import { createStateDict } from '../../src/train/index.ts';
import { endingWith, tinyGeneratorTokenizer, tinyTokens } from './tiny-generators.ts';

/** The config.json of a small recurrent encoder–decoder over the vocabulary of the tiny generators. */
export const tinyRecurrentConfig = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  model_type: 'recurrent_seq2seq',
  vocab_size: tinyTokens.length,
  cell: 'gru',
  attention: 'additive',
  embedding_dim: 16,
  hidden_size: 16,
  bidirectional: true,
  bos_token_id: 1,
  eos_token_id: 2,
  max_length: 12,
  ...more,
});

/** Its tokenizer, which ends texts with `</s>`. */
export function tinyRecurrentTokenizer(): Record<string, unknown> {
  return {
    ...tinyGeneratorTokenizer(),
    post_processor: endingWith('</s>', 2),
  };
}

/** A state dict as a safetensors file. */
export function safetensorsOf(stateDict: ReadonlyMap<string, FloatArray>): Uint8Array<ArrayBuffer> {
  const tensors = [...stateDict].map(([name, { data, shape }]): [string, TensorData] => [
    name,
    { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) },
  ]);
  return writeSafetensors(tensors);
}

/** Files in memory, for `loadRecurrentSeq2Seq`, with random weights or those of `stateDict`. */
export function tinyRecurrentFiles(
  config: Record<string, unknown> = {},
  stateDict: ReadonlyMap<string, FloatArray> = createStateDict(tinyRecurrentConfig(config), { seed: 4 }),
) {
  return {
    'config.json': JSON.stringify(tinyRecurrentConfig(config)),
    'tokenizer.json': JSON.stringify(tinyRecurrentTokenizer()),
    'model.safetensors': safetensorsOf(stateDict),
  };
}
