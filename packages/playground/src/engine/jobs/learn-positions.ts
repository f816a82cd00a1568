import { cosineSimilarity, type EncoderModel, type Hooks } from '@headwise/core';
import type { JobContext, ModelStore } from '../job.ts';

/** One token of a text that was reordered: how far its vector turned. */
export interface MovedToken {
  readonly token: string;
  /** Its index in the first order, and in the second. */
  readonly from: number;
  readonly to: number;
  /** Cosine of its vectors in both orders, with the model's positions. */
  readonly withPositions: number;
  /** The same if every token is told that it stands at the first place. */
  readonly withoutPositions: number;
}

interface Ids {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

/** Last hidden states, `[tokens, hidden]`. */
async function hidden(
  model: EncoderModel,
  sequence: Ids,
  hooks: Hooks | undefined,
  signal: AbortSignal,
): Promise<Float32Array> {
  const [output] = await model.run([sequence], { kind: 'hidden' }, { signal, ...(hooks && { hooks }) });
  return output?.data ?? new Float32Array();
}

/** Gives every token the embedding that it has alone, at position 0. */
async function samePlace(model: EncoderModel, { ids }: Ids, signal: AbortSignal): Promise<Hooks> {
  const { hiddenSize } = model.config;
  const embeddings = new Float32Array(ids.length * hiddenSize);
  for (const [i, id] of ids.entries()) {
    const alone = { ids: Int32Array.of(id), typeIds: Int32Array.of(0) };
    const keep: Hooks = { embeddings: ({ data }) => embeddings.set(data, i * hiddenSize) };
    await hidden(model, alone, keep, signal);
  }
  return { embeddings: () => embeddings };
}

/** Reads the same words in two orders, with and without positions. Both texts must have the same tokens. */
export async function run(
  store: ModelStore,
  { first, second }: { readonly first: string; readonly second: string },
  { signal }: JobContext,
): Promise<readonly MovedToken[]> {
  const model = await store.load('bert-mini');
  const { hiddenSize } = model.config;
  const texts = [first, second].map((text) => model.tokenize(text)) as [
    ReturnType<EncoderModel['tokenize']>,
    ReturnType<EncoderModel['tokenize']>,
  ];
  const placed = await Promise.all(texts.map((one) => hidden(model, one, undefined, signal)));
  const placeless: Float32Array[] = [];
  for (const one of texts)
    placeless.push(await hidden(model, one, await samePlace(model, one, signal), signal));
  const [a, b] = texts;
  const taken = new Set<number>();
  const row = (data: Float32Array | undefined, i: number): Float32Array =>
    (data ?? new Float32Array()).subarray(i * hiddenSize, (i + 1) * hiddenSize);
  return Array.from(a.ids, (id, from): MovedToken => {
    const to = b.ids.findIndex((other, i) => other === id && !taken.has(i));
    taken.add(to);
    return {
      token: a.tokens[from] ?? '',
      from,
      to,
      withPositions: cosineSimilarity(row(placed[0], from), row(placed[1], to)),
      withoutPositions: cosineSimilarity(row(placeless[0], from), row(placeless[1], to)),
    };
  });
}
