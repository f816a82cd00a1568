import type { GeneratedToken, HookFunction, Hooks, RecurrentSeq2Seq } from '@headwise/core';
import { mergeWeights, type Word, wordsOf } from '../../lib/words.ts';

/** A token and its probability as the next one. */
export interface Candidate {
  readonly token: string;
  readonly probability: number;
}

/** A token that the decoder wrote. */
export interface Step {
  readonly token: string;
  /** The most probable tokens of this step, the first of which was written. */
  readonly top: readonly Candidate[];
}

/** A text that an encoder–decoder translated. */
export interface Translation {
  readonly source: readonly Word[];
  readonly target: readonly Word[];
  readonly text: string;
  /** All tokens, `</s>` included. */
  readonly steps: readonly Step[];
  /** `[target word][source word]`, rows sum to 1; undefined without attention. */
  readonly weights: readonly (readonly number[])[] | undefined;
  /** The encoder's states, which attention mixes: `[source tokens, size]`. */
  readonly states: Float32Array;
  /** Attention weights of the source's tokens at each step; none without attention. */
  readonly alignments: readonly Float32Array[];
  /** What attention read at each step, `[size]` each; none without attention. */
  readonly contexts: readonly Float32Array[];
}

/** Attention weights over the source's words, in place of the model's at some steps. They sum to 1. */
export interface WeightEdit {
  readonly from: number;
  readonly to: number;
  readonly weights: readonly number[];
}

const TOP = 5;

/** The token texts of a source. */
export function sourceTokens(model: RecurrentSeq2Seq, text: string): readonly string[] {
  const { ids } = model.tokenizer.encode(text);
  return Array.from(ids, (id) => model.tokenizer.idToToken(id) ?? '');
}

function stepOf({ token, top = [] }: GeneratedToken): Step {
  return {
    token,
    top: top.map((one) => ({ token: one.token, probability: Math.exp(one.logProbability) })),
  };
}

/** The words' weights are shared among their tokens as the model shared its own. */
function spread(words: readonly Word[], weights: readonly number[]): HookFunction {
  return ({ data }) => {
    const edited = new Float32Array(data.length);
    for (const [i, word] of words.entries()) {
      const own = data.subarray(word.from, word.to);
      const sum = own.reduce((total, weight) => total + weight, 0);
      for (const [k, weight] of own.entries()) {
        const share = sum > 0 ? weight / sum : 1 / own.length;
        edited[word.from + k] = (weights[i] ?? 0) * share;
      }
    }
    return edited;
  };
}

function editHooks(words: readonly Word[], edits: readonly WeightEdit[]): Hooks {
  const hooks: Record<string, HookFunction> = {};
  for (const { from, to, weights } of edits) {
    for (let step = from; step < to; step++)
      hooks[`decoder.steps.${step}.attention.weights`] = spread(words, weights);
  }
  return hooks;
}

/** Translates a text word by word, if asked with other attention weights at some steps. Rejects like `RecurrentSeq2Seq.generate`. */
export async function translate(
  model: RecurrentSeq2Seq,
  text: string,
  { edits = [], signal }: { edits?: readonly WeightEdit[]; signal?: AbortSignal } = {},
): Promise<Translation> {
  const tokens = sourceTokens(model, text);
  const source = wordsOf(tokens);
  const contexts: Float32Array[] = [];
  let states = new Float32Array();
  const hasAttention = model.config.attention !== undefined;
  const hooks: Hooks = {
    ...editHooks(source, edits),
    'encoder.output': ({ data }) => {
      states = data.slice();
    },
    ...(hasAttention && {
      'decoder.steps.*.attention.context': ({ data }) => {
        contexts.push(data.slice());
      },
    }),
  };
  const generated = await model.generate(text, {
    alignments: hasAttention,
    hooks,
    topLogProbs: TOP,
    // The longest sentence that was trained on has far fewer.
    maxNewTokens: 60,
    ...(signal && { signal }),
  });
  const steps = generated.tokens.map(stepOf);
  const target = wordsOf(steps.map(({ token }) => token)).filter(({ end }) => !end);
  const rows = generated.tokens.map(({ alignment }) => alignment?.data);
  const alignments = rows.flatMap((row) => (row ? [Float32Array.from(row)] : []));
  const flat = alignments.flatMap((row) => [...row]);
  return {
    source,
    target,
    text: generated.text,
    steps,
    weights: flat.length > 0 ? mergeWeights(flat, tokens.length, target, source) : undefined,
    states,
    alignments,
    contexts,
  };
}

/** What a recurrent encoder makes of a text, token by token. */
export interface EncoderSteps {
  readonly tokens: readonly string[];
  /** The vector after each token, `[tokens, size]`. The last row is all that a decoder without attention gets. */
  readonly states: Float32Array;
  readonly size: number;
}

/** Translates with a fixed vector, and keeps the vector after each token. */
export async function readIntoVector(
  model: RecurrentSeq2Seq,
  text: string,
  signal?: AbortSignal,
): Promise<EncoderSteps & { readonly translation: Translation }> {
  const translation = await translate(model, text, signal ? { signal } : {});
  const tokens = sourceTokens(model, text);
  const { states } = translation;
  return { tokens, states, size: states.length / tokens.length, translation };
}

/** How many of some texts of one length were translated without an error. */
export interface LengthScore {
  /** Source tokens, `</s>` included. */
  readonly length: number;
  readonly count: number;
  readonly right: number;
}

/** Exact translations by length of the source. `onScores` gets what is known after each batch. */
export async function scoreByLength(
  model: RecurrentSeq2Seq,
  pairs: readonly { readonly source: string; readonly target: string }[],
  {
    signal,
    onScores,
    breathe,
  }: {
    signal?: AbortSignal;
    onScores?: (scores: readonly LengthScore[]) => void;
    breathe?: () => Promise<void>;
  } = {},
): Promise<readonly LengthScore[]> {
  const BATCH = 20;
  const scores = new Map<number, { length: number; count: number; right: number }>();
  const sorted = () => [...scores.values()].sort((a, b) => a.length - b.length).map((one) => ({ ...one }));
  for (let first = 0; first < pairs.length; first += BATCH) {
    signal?.throwIfAborted();
    const batch = pairs.slice(first, first + BATCH);
    const results = await model.generate(
      batch.map(({ source }) => source),
      { batchSize: BATCH, maxNewTokens: 60, ...(signal && { signal }) },
    );
    for (const [i, { source, target }] of batch.entries()) {
      const { length } = model.tokenizer.encode(source).ids;
      const score = scores.get(length) ?? { length, count: 0, right: 0 };
      score.count += 1;
      if (results[i]?.text === target) score.right += 1;
      scores.set(length, score);
    }
    onScores?.(sorted());
    await breathe?.();
  }
  return sorted();
}
