import { contextualSimilarity } from '@headwise/core';
import type { HeadEdit } from '../../lib/heads.ts';
import { sharedWords } from '../../lib/shared-words.ts';
import { norm } from '../../lib/vectors.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { type ReadableId, readable } from '../passes.ts';
import { editHooks } from './edits.ts';

export interface StreamParams {
  readonly model: ReadableId;
  readonly text: string;
  readonly edits: readonly HeadEdit[];
  /** The second text; '' for none. */
  readonly other: string;
}

/** The residual stream of a text, layer by layer: the embeddings first, then after each layer. */
export interface Stream {
  readonly params: StreamParams;
  readonly tokens: readonly string[];
  /** Length of each token's vector, [layers + 1][tokens]. */
  readonly norms: ReadonlyArray<readonly number[]>;
  /** Words that are in both texts. */
  readonly words: readonly string[];
  /** Cosines of each word's vectors in the two texts, [layers + 1][words]. Of the unchanged model. */
  readonly similarities: ReadonlyArray<readonly number[]>;
}

/** More words than this do not fit a page. */
const MAX_WORDS = 16;

/** The length of the stream for each token and layer, and how alike words are that two texts share. */
export async function run(
  store: ModelStore,
  params: StreamParams,
  { signal, breathe }: JobContext,
): Promise<Stream> {
  const model = await store.load(params.model);
  const [text, other] = [params.text, params.other].map((whole) => readable(model, whole).text) as [
    string,
    string,
  ];
  const names = ['embeddings', 'blocks.*.residual.after'];
  const options = { hooks: editHooks(params.edits), signal };
  const { tokens, activations } =
    model.kind === 'encoder'
      ? await model.record(text, names, options)
      : await model.record(text, names, options);
  const { numHiddenLayers, hiddenSize } = model.config;
  const layers = Array.from({ length: numHiddenLayers }, (_, layer) => `blocks.${layer}.residual.after`);
  const norms = ['embeddings', ...layers].map((name) => {
    const { data } = activations.get(name)!;
    return tokens.map((_, i) => norm(data.subarray(i * hiddenSize, (i + 1) * hiddenSize)));
  });
  const words = sharedWords(text, other).slice(0, MAX_WORDS);
  const columns: Float32Array[] = [];
  for (const word of words) {
    await breathe();
    columns.push(await contextualSimilarity(model, word, [text, other], { signal }));
  }
  const similarities =
    words.length > 0 ? norms.map((_, layer) => columns.map((values) => values[layer] ?? 0)) : [];
  return { params, tokens, norms, words, similarities };
}
