import { classify, type EncoderModel } from '@headwise/core';
import type { VectorResult, VectorWork } from '../protocol.ts';

/** Embeddings of texts, or the scores of all labels, in one array: `[texts, width]`. */
export async function vectors(
  model: EncoderModel,
  { task, texts, options }: VectorWork,
  signal: AbortSignal,
): Promise<VectorResult> {
  if (task === 'embed') return joined(await model.embed(texts, { ...options, signal }));
  const { labels } = model.config;
  const scores = await classify(model, texts, { signal });
  const rows = scores.map((ofText) => {
    const byLabel = new Map(ofText.map(({ label, score }) => [label, score]));
    return Float32Array.from(labels, (label) => byLabel.get(label)!);
  });
  return { ...joined(rows), labels };
}

function joined(rows: readonly Float32Array[]): VectorResult {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) data.set(row, index * width);
  return { kind: 'vectors', data, width };
}
