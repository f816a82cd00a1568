import type { JobContext, ModelStore } from '../job.ts';

/** The parts of an encoder–decoder that the chapter draws, by the names of their activations. */
export const BOXES = [
  'encoder.embeddings',
  'encoder.blocks.0.attention.weights',
  'encoder.blocks.0.feedForward.output',
  'encoder.blocks.1.attention.weights',
  'encoder.blocks.1.feedForward.output',
  'encoder.output',
  'decoder.embeddings',
  'decoder.blocks.0.attention.weights',
  'decoder.blocks.0.crossAttention.weights',
  'decoder.blocks.0.feedForward.output',
  'decoder.blocks.1.attention.weights',
  'decoder.blocks.1.crossAttention.weights',
  'decoder.blocks.1.feedForward.output',
  'decoder.logits',
] as const;
export type Box = (typeof BOXES)[number];

export interface BoxValues {
  readonly source: readonly string[];
  /** What the decoder reads: its start token and the target without its last token. */
  readonly inputs: readonly string[];
  /** What it writes. */
  readonly target: readonly string[];
  readonly name: Box;
  /** `[tokens, features]`, or of weights `[1, heads, queries, keys]`. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The values of one part of the dates' transformer while it translates. */
export async function run(
  store: ModelStore,
  { text, name }: { readonly text: string; readonly name: Box },
  { signal }: JobContext,
): Promise<BoxValues> {
  const model = await store.load('dates-transformer');
  const { ids } = await model.generate(text, { maxNewTokens: 60, signal });
  const { sourceTokens, targetTokens, activations } = await model.trace(text, ids, {
    record: [name],
    signal,
  });
  const { shape = [], data = new Float32Array() } = activations.get(name) ?? {};
  const start = model.tokenizer.idToToken(model.config.decoderStartTokenId) ?? '';
  return {
    source: sourceTokens,
    inputs: [start, ...targetTokens.slice(0, -1)],
    target: targetTokens,
    name,
    shape,
    data: data.slice(),
  };
}
