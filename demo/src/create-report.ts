import { cosineSimilarity, loadEncoder, type Trace } from '@headwise/core';
import { supportsBuild } from '@headwise/kernel';
import { checkHead, type DemoOptions } from './arguments.ts';
import { measure } from './measure.ts';
import { MODEL_NAME, modelDirectory } from './model.ts';
import type { Report } from './report.ts';

/** Splits a row-major matrix into its rows. */
function toRows(matrix: Float32Array, width: number): number[][] {
  return Array.from({ length: matrix.length / width }, (_, row) => [
    ...matrix.subarray(row * width, (row + 1) * width),
  ]);
}

/**
 * Runs the model on the sentences and times one forward pass on every backend.
 *
 * @throws UsageError when the model has no such layer or head.
 */
export async function createReport(options: DemoOptions): Promise<Report> {
  const model = await loadEncoder(modelDirectory);
  try {
    checkHead(options, model.config.numHiddenLayers, model.config.numAttentionHeads);
    const traces: Trace[] = [];
    for (const text of options.texts) traces.push(await model.trace(text));
    const [first] = traces;
    if (first === undefined) throw new Error('the report needs at least one sentence');

    const tokens = first.tokens.length;
    return {
      model: MODEL_NAME,
      backend: model.backend,
      sentences: traces.map(({ text, tokens, ids }) => ({ text, tokens, ids: [...ids] })),
      similarity: traces.map((a) => traces.map((b) => cosineSimilarity(a.embedding, b.embedding))),
      attention: {
        sentence: 0,
        layer: options.layer,
        head: options.head,
        weights: toRows(first.attention.map(options.layer, options.head), tokens),
      },
      timings: await measure(modelDirectory, first.text, tokens, supportsBuild('relaxed-simd')),
    };
  } finally {
    await model.dispose();
  }
}
