// Embeds texts on the calling thread and over two workers, with operations of 256 bits if `wide`. Prints the results as JSON.
import { loadEncoder } from '@headwise/core';
import { enableWideSimd } from '@headwise/core/wide-simd';
import { loadEncoder as loadShardedEncoder } from '@headwise/worker';

const { source, texts, options, wide } = JSON.parse(process.argv[2]);
const enabled = wide ? await enableWideSimd() : undefined;
const results = {};
for (const dtype of ['f32', 'q8', 'q4']) {
  const model = await loadEncoder(source, { ...options, dtype });
  results[dtype] = (await model.embed(texts, { normalize: true })).map((embedding) => [...embedding]);
  await model.dispose();
}
const sharded = await loadShardedEncoder(source, { ...options, workers: 2 });
results.workers = (await sharded.embed(texts, { normalize: true })).map((embedding) => [...embedding]);
await sharded.dispose();
console.log(JSON.stringify({ enabled, results }));
