import { probabilitiesOf } from '../../lib/softmax.ts';
import type { JobContext, ModelStore } from '../job.ts';
import type { Candidate } from '../learn/recurrent.ts';

export interface PairParams {
  readonly first: string;
  readonly second: string;
  /** Index of the token to hide behind [MASK]. */
  readonly masked?: number;
}

/** Two sentences as BERT reads them. */
export interface ReadPair {
  readonly tokens: readonly string[];
  /** Those that the model gets: the number of [MASK] where a token is hidden. */
  readonly ids: readonly number[];
  /** 0 for the first sentence with [CLS] and its [SEP], 1 for the second. */
  readonly segments: readonly number[];
  /** Probability that the second sentence follows the first, with nothing masked. */
  readonly follows: number;
  /** What may stand at the masked place, most probable first; empty without a mask. */
  readonly candidates: readonly Candidate[];
}

const TOP = 5;

/** BERT's two tasks on a pair of sentences: next sentence, and a masked word. */
export async function run(
  store: ModelStore,
  { first, second, masked }: PairParams,
  { signal }: JobContext,
): Promise<ReadPair> {
  const model = await store.load('bert-mini');
  const { tokenizer } = model;
  const { ids, tokens, typeIds } = model.tokenize(first, { pair: second });
  const [next] = await model.run([{ ids, typeIds }], { kind: 'nextSentence' }, { signal });
  const read = {
    tokens,
    ids: [...ids],
    segments: [...typeIds],
    follows: probabilitiesOf(next?.data ?? new Float32Array())[0] ?? 0,
  };
  const { mask } = tokenizer.specialTokens;
  if (masked === undefined || mask === undefined || masked >= ids.length) return { ...read, candidates: [] };
  const hidden = ids.map((id, i) => (i === masked ? mask : id));
  const rows = Int32Array.of(masked);
  const [output] = await model.run([{ ids: hidden, typeIds, rows }], { kind: 'maskedLM' }, { signal });
  const probabilities = probabilitiesOf(
    (output?.data ?? new Float32Array()).subarray(0, tokenizer.vocabSize),
  );
  const candidates = Array.from(probabilities.keys())
    .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
    .slice(0, TOP)
    .map((id) => ({ token: tokenizer.idToToken(id) ?? '', probability: probabilities[id] ?? 0 }));
  const masks = tokens.map((token, i) => (i === masked ? '[MASK]' : token));
  return { ...read, ids: [...hidden], tokens: masks, candidates };
}
