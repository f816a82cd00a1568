// GGUF: llama.cpp's single-file format. Reads the header alone, then generates from the file. Weights are decoded while they load and
// kept as `dtype` says. The address is served by lib/installed-weights.ts; any GGUF of a supported architecture takes its place.
import { loadCausalLM } from '@headwise/core';
import { readGgufHeader } from '@headwise/core/gguf';

const response = await fetch('https://example.com/stories15M-q8_0.gguf');
const bytes = new Uint8Array(await response.arrayBuffer());
const source = { size: bytes.length, read: async (from: number, to: number) => bytes.subarray(from, to) };

const { version, metadata, tensors } = await readGgufHeader(source);
console.log(`GGUF ${version}, ${tensors.size} tensors, ${(bytes.length / 1e6).toFixed(1)} MB`);
for (const key of ['general.architecture', 'llama.block_count', 'llama.attention.head_count'])
  console.log(`${key}: ${metadata.get(key)?.value}`);
const { type, shape } = tensors.get('blk.0.attn_q.weight')!;
console.log(`blk.0.attn_q.weight: ${type.name} [${shape.join(', ')}]`);

const model = await loadCausalLM({ 'stories15M.gguf': bytes }, { dtype: 'q8' });
const { text } = await model.generate('Once upon a time', { maxNewTokens: 10 });
console.log(`Once upon a time${text}`);

await model.dispose();

// Prints:
// GGUF 3, 56 tensors, 16.9 MB
// general.architecture: llama
// llama.block_count: 6
// llama.attention.head_count: 6
// blk.0.attn_q.weight: Q8_0 [288, 288]
// Once upon a time, there was a little girl named Lily.
