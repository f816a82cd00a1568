// Embeds one sentence as soon as the page runs.
import { loadEncoder } from '@headwise/core';

declare global {
  /** Milliseconds from the navigation to the first embedding. */
  var headwiseFirst: Promise<number>;
}

async function firstEmbedding(): Promise<number> {
  const model = await loadEncoder(new URL('model/', location.href), { cache: false });
  await model.embed('I drank coffee.');
  return performance.now();
}

globalThis.headwiseFirst = firstEmbedding();
