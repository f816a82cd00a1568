import { ConfigError } from '../../errors.ts';
import { checkOption, describeValue, requireOptions } from '../../options.ts';
import { logSoftmax, type Scores } from './probability.ts';

/** The sequence that is being continued. */
export interface SequenceSoFar {
  /** All decoder input ids: the prompt (encoder–decoder: the start token) and the generated tokens. */
  readonly ids: readonly number[];
  /** Number of ids before the first generated one. */
  readonly promptLength: number;
}

/** Changes the next-token scores in place. `-Infinity` forbids a token. */
export type LogitsProcessor = (scores: Scores, sequence: SequenceSoFar) => void;

/** Adds a bias to the logits of single tokens, by id. */
export function logitBias(biases: ReadonlyMap<number, number>): LogitsProcessor {
  const isBias = (pair: readonly unknown[]) => pair.every((value) => typeof value === 'number');
  if (!(biases instanceof Map && [...biases].every(isBias)))
    throw new ConfigError(`logitBias: biases must be a Map of numbers by id, got ${describeValue(biases)}`);
  return (scores) => {
    for (const [id, bias] of biases) scores[id]! += bias;
  };
}

/**
 * Makes tokens of the sequence less probable (Keskar et al. 2019, §4.1): divides a positive logit by the penalty and multiplies a negative
 * one by it, once per distinct token. A penalty below 1 makes them more probable.
 */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  checkOption('repetitionPenalty', 'penalty', penalty, 'positive');
  return (scores, { ids }) => {
    for (const id of new Set(ids)) {
      const score = scores[id]!;
      scores[id] = score < 0 ? score * penalty : score / penalty;
    }
  };
}

/**
 * Makes tokens that were generated less probable, as OpenAI's API does: subtracts `presence` once, and `frequency` for each time. Negative values make
 * them more probable. Tokens of the prompt do not count.
 */
export function countPenalties(presence: number, frequency: number): LogitsProcessor {
  return (scores, { ids, promptLength }) => {
    const generated = ids.slice(promptLength);
    for (const id of generated) scores[id]! -= frequency;
    for (const id of new Set(generated)) scores[id]! -= presence;
  };
}

/** Forbids every token that would repeat an n-gram of `size` tokens. */
export function noRepeatNgram(size: number): LogitsProcessor {
  checkOption('noRepeatNgram', 'size', size, 'count');
  return (scores, { ids }) => {
    const tail = ids.length - size + 1;
    for (let start = 0; start < tail; start++) {
      let same = 0;
      while (same < size - 1 && ids[start + same] === ids[tail + same]) same++;
      if (same === size - 1) scores[ids[start + same]!] = -Infinity;
    }
  };
}

/** Forbids token sequences: the last token of each if the sequence ends with the others. */
export function badWords(words: readonly (readonly number[])[]): LogitsProcessor {
  checkOption('badWords', 'words', words, 'list');
  for (const word of words) requireIds('badWords', 'a word', word);
  return (scores, { ids }) => {
    for (const word of words) {
      const from = ids.length - (word.length - 1);
      const completes = from >= 0 && word.slice(0, -1).every((id, i) => id === ids[from + i]);
      if (completes) scores[word.at(-1)!] = -Infinity;
    }
  };
}

/** Forbids tokens while the sequence has fewer than `length` ids or fewer than `newTokens` generated ones. */
export function minLength(
  tokens: Iterable<number>,
  minimum: { readonly length?: number; readonly newTokens?: number },
): LogitsProcessor {
  requireOptions('minLength', minimum, { length: 'whole', newTokens: 'whole' });
  const { length = 0, newTokens = 0 } = minimum;
  const isList = typeof tokens === 'object' && tokens !== null && Symbol.iterator in tokens;
  const forbidden = isList ? [...tokens] : undefined;
  requireIds('minLength', 'tokens', forbidden);
  return (scores, { ids, promptLength }) => {
    if (ids.length >= length && ids.length - promptLength >= newTokens) return;
    for (const id of forbidden) scores[id] = -Infinity;
  };
}

/** Forbids all tokens but one, or some, at the given position among the generated tokens, from 0. */
export function forceToken(token: number | readonly number[], position: number): LogitsProcessor {
  const tokens = typeof token === 'number' ? [token] : token;
  requireIds('forceToken', 'token', tokens);
  checkOption('forceToken', 'position', position, 'whole');
  return (scores, { ids, promptLength }) => {
    if (ids.length - promptLength !== position) return;
    scores.fill(-Infinity);
    for (const token of tokens) scores[token] = 0;
  };
}

/** Forbids tokens everywhere or, with `first`, as the first generated token. */
export function suppressTokens(
  tokens: readonly number[],
  where: 'everywhere' | 'first' = 'everywhere',
): LogitsProcessor {
  requireIds('suppressTokens', 'tokens', tokens);
  checkOption('suppressTokens', 'where', where, ['everywhere', 'first']);
  return (scores, { ids, promptLength }) => {
    if (where === 'first' && ids.length > promptLength) return;
    for (const id of tokens) scores[id] = -Infinity;
  };
}

/** Normalises the scores to log-probabilities. */
export function renormalize(): LogitsProcessor {
  return (scores) => {
    scores.set(logSoftmax(scores));
  };
}

/** Throws `ConfigError` unless the value is a list of token ids. */
function requireIds(task: string, role: string, ids: unknown): asserts ids is readonly number[] {
  if (Array.isArray(ids) && ids.every(Number.isSafeInteger)) return;
  throw new ConfigError(`${task}: ${role} must be a list of token ids, got ${describeValue(ids)}`);
}
