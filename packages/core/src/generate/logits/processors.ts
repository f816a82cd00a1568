import { logSoftmax, type Scores } from './probability.ts';

/** What a processor may know of the sequence that is being continued. */
export interface SequenceSoFar {
  /** Everything that the decoder has read: the prompt (or the token that a decoder starts with) and what was generated. */
  readonly ids: readonly number[];
  /** How many of the ids were there before the first one was generated. */
  readonly promptLength: number;
}

/** Changes the scores of the next token in place. `-Infinity` forbids a token. */
export type LogitsProcessor = (scores: Scores, sequence: SequenceSoFar) => void;

/** Adds to the logits of single tokens. */
export function logitBias(biases: ReadonlyMap<number, number>): LogitsProcessor {
  return (scores) => {
    for (const [id, bias] of biases) scores[id]! += bias;
  };
}

/**
 * Makes tokens that were there before less likely (Keskar et al. 2019, §4.1): a positive logit is divided by the penalty, a negative
 * one multiplied, once however often the token was there. Below 1 it makes them likelier.
 */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  return (scores, { ids }) => {
    for (const id of new Set(ids)) {
      const score = scores[id]!;
      scores[id] = score < 0 ? score * penalty : score / penalty;
    }
  };
}

/** Forbids every token that would complete a run of `size` tokens that was there before. */
export function noRepeatNgram(size: number): LogitsProcessor {
  return (scores, { ids }) => {
    const tail = ids.length - size + 1;
    for (let start = 0; start < tail; start++) {
      let same = 0;
      while (same < size - 1 && ids[start + same] === ids[tail + same]) same++;
      if (same === size - 1) scores[ids[start + same]!] = -Infinity;
    }
  };
}

/** Forbids sequences of tokens: the last token of each where the others have just been. */
export function badWords(words: readonly (readonly number[])[]): LogitsProcessor {
  return (scores, { ids }) => {
    for (const word of words) {
      const from = ids.length - (word.length - 1);
      const completes = from >= 0 && word.slice(0, -1).every((id, i) => id === ids[from + i]);
      if (completes) scores[word.at(-1)!] = -Infinity;
    }
  };
}

/** Forbids tokens while a sequence has fewer ids than this, or has had fewer generated. */
export function minLength(
  tokens: Iterable<number>,
  least: { readonly length?: number; readonly newTokens?: number },
): LogitsProcessor {
  const { length = 0, newTokens = 0 } = least;
  const forbidden = [...tokens];
  return (scores, { ids, promptLength }) => {
    if (ids.length >= length && ids.length - promptLength >= newTokens) return;
    for (const id of forbidden) scores[id] = -Infinity;
  };
}

/** Leaves one token alone as the `position`th generated, from 0. */
export function forceToken(token: number, position: number): LogitsProcessor {
  return (scores, { ids, promptLength }) => {
    if (ids.length - promptLength !== position) return;
    scores.fill(-Infinity);
    scores[token] = 0;
  };
}

/** Forbids tokens, everywhere or as the first one generated. */
export function suppressTokens(
  tokens: readonly number[],
  where: 'replicated' | 'first' = 'replicated',
): LogitsProcessor {
  return (scores, { ids, promptLength }) => {
    if (where === 'first' && ids.length > promptLength) return;
    for (const id of tokens) scores[id] = -Infinity;
  };
}

/** Makes the scores log-probabilities again, after others have changed them. */
export function renormalize(): LogitsProcessor {
  return (scores) => {
    scores.set(logSoftmax(scores));
  };
}
