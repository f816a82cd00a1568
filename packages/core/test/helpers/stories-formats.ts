import { readFileSync } from 'node:fs';
import { type Checkpoint, type TensorData, writeSafetensors } from '../../src/index.ts';
import { openSingleFile, type SingleFileModel } from '../../src/internal.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { parseLlama2cTokenizer } from '../../src/weights/llama2c/tokenizer.ts';
import type { TENSOR_TYPES, TestValue } from './gguf.ts';
import { ggufOfCheckpoint } from './gguf-models.ts';
import { decodeAs, encodeAs } from './quantize.ts';
import { bytesOf } from './safetensors.ts';
import { STORIES, STORIES_WEIGHTS_END, storiesFiles } from './stories.ts';

// Converts stories15M to other formats.

export async function openStories(): Promise<SingleFileModel> {
  return (await openSingleFile(await storiesFiles()))!;
}

/** stories15M as Hugging Face files. `layout` is the row order of query and key weights; Hugging Face's Llama uses `half`. */
export async function storiesSafetensors(
  layout: 'half' | 'interleaved',
): Promise<Record<string, string | Uint8Array>> {
  const { configJson, tokenizerJson, tokenizerConfigJson, checkpoint } = await openStories();
  const heads = Number(configJson.num_attention_heads);
  const tensors: [string, TensorData][] = [];
  for (const name of checkpoint.names) {
    const tensor = await checkpoint.read(name);
    const permuted = layout === 'half' && /\.[qk]_proj\./.test(name);
    tensors.push([
      name,
      permuted ? { ...tensor, bytes: bytesOf(deinterleaveRows(toFloat32(tensor), heads, 288)) } : tensor,
    ]);
  }
  return {
    'config.json': JSON.stringify({ ...configJson, rope_interleave: layout === 'interleaved' }),
    'tokenizer.json': JSON.stringify(tokenizerJson),
    'tokenizer_config.json': JSON.stringify(tokenizerConfigJson),
    'model.safetensors': writeSafetensors(tensors),
  };
}

/** Permutes the rows of a query or key weight, per head, from `interleaved` to `half` rotary embeddings. */
function deinterleaveRows(values: Float32Array, heads: number, width: number): Float32Array {
  const headDim = values.length / width / heads;
  const result = new Float32Array(values.length);
  for (let row = 0; row < heads * headDim; row++) {
    const [head, at] = [Math.floor(row / headDim), row % headDim];
    const to = head * headDim + (at % 2) * (headDim / 2) + (at >> 1);
    result.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return result;
}

/** stories15M as a GGUF file. Matrices are stored as `type`. */
export async function storiesGguf(type: keyof typeof TENSOR_TYPES): Promise<Record<string, Uint8Array>> {
  const { configJson, checkpoint } = await openStories();
  const file = await ggufOfCheckpoint(configJson, checkpoint, {
    type,
    interleaved: true,
    metadata: vocabulary(),
  });
  return { 'stories15M.gguf': file };
}

function vocabulary(): Record<string, TestValue> {
  const pieces = parseLlama2cTokenizer(readFileSync(STORIES).subarray(STORIES_WEIGHTS_END), 32_000);
  const types = pieces.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1));
  return {
    'tokenizer.ggml.tokens': { type: 'string', value: pieces.map(({ text }) => text) },
    'tokenizer.ggml.scores': { type: 'f32', value: pieces.map(({ score }) => score) },
    'tokenizer.ggml.token_type': { type: 'i32', value: types },
  };
}

/** A checkpoint whose matrices are quantized to `type` and dequantized, by the type's definition. */
export function roundedAs(checkpoint: Checkpoint, type: keyof typeof TENSOR_TYPES): Checkpoint {
  return {
    names: checkpoint.names,
    info: (name) => checkpoint.info(name),
    read: async (name, slice) => {
      const tensor = await checkpoint.read(name, slice);
      if (tensor.shape.length !== 2) return tensor;
      return { ...tensor, bytes: bytesOf(decodeAs(type, encodeAs(type, toFloat32(tensor)))) };
    },
  };
}
