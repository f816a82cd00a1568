import type { CausalLM, RecurrentSeq2Seq, Seq2SeqLM, Tokenizer } from '@headwise/core';
import { mergeWeights, wordsOf } from '../../lib/words.ts';
import type { Pair, RunData } from './data.ts';

/** The models that runs train, as they are loaded from files. */
export type TrainedModel = CausalLM | RecurrentSeq2Seq | Seq2SeqLM;

/** Right answers of held-out texts of similar length. */
export interface LengthScore {
  /** Source tokens of a translation, `</s>` included; of a decoder characters that were read before the next. From this … */
  readonly from: number;
  /** … to this one, included. */
  readonly to: number;
  /** Translations without an error, or next characters that are the most probable ones. */
  readonly right: number;
  readonly count: number;
}

/** Weights with the names of their rows and columns, which sum to 1 in each row. */
export interface Alignment {
  /** What is written, or of a decoder what reads. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly weights: readonly (readonly number[])[];
}

/** What a model does after some steps. */
export interface Look {
  readonly step: number;
  /** Mean loss of the steps since the last look, in nats a token; undefined before the first step. */
  readonly loss: number | undefined;
  readonly scores: readonly LengthScore[];
  /** What it writes for the samples. */
  readonly texts: readonly string[];
  /** Undefined of a model without attention. */
  readonly alignment: Alignment | undefined;
}

/** Places in the curve of the accuracy. */
const BINS = 6;

/** Numbers in bins of about equal count, as first and last number of each. */
export function binsOf(lengths: readonly number[]): ReadonlyArray<readonly [from: number, to: number]> {
  const sorted = [...lengths].sort((a, b) => a - b);
  const ends = Array.from(
    { length: BINS },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / BINS) - 1],
  );
  const distinct = [...new Set(ends)].filter((end) => end !== undefined);
  return distinct.map((to, i) => [i === 0 ? (sorted[0] ?? to) : (distinct[i - 1] ?? to) + 1, to] as const);
}

/** Counts right answers by bins of their lengths. */
export function scoresOf(answers: ReadonlyArray<{ readonly length: number; readonly right: boolean }>) {
  return binsOf(answers.map(({ length }) => length)).map(([from, to]): LengthScore => {
    const own = answers.filter(({ length }) => length >= from && length <= to);
    return { from, to, count: own.length, right: own.filter(({ right }) => right).length };
  });
}

const lengthOf = (tokenizer: Tokenizer, text: string): number => tokenizer.encode(text).ids.length;

/** What a model does with the texts of its run. */
export function lookAt(model: TrainedModel, data: RunData): Promise<Omit<Look, 'step' | 'loss'>> {
  return model.kind === 'causalLM' ? lookAtDecoder(model, data) : lookAtTranslator(model, data);
}

async function lookAtTranslator(
  model: RecurrentSeq2Seq | Seq2SeqLM,
  { heldOut, samples, aligned }: RunData,
): Promise<Omit<Look, 'step' | 'loss'>> {
  const { tokenizer } = model;
  const pairs = [...heldOut, ...samples];
  // An untrained model would not end.
  const maxNewTokens = Math.max(...pairs.map(({ target }) => lengthOf(tokenizer, target))) + 2;
  const sources = pairs.map(({ source }) => source);
  const written =
    model.kind === 'seq2seqLM'
      ? await model.generate(sources, { maxNewTokens, doSample: false, batchSize: 32 })
      : await model.generate(sources, { maxNewTokens, batchSize: 32 });
  const texts = written.map(({ text }) => text);
  const answers = heldOut.map(({ source, target }, i) => ({
    length: lengthOf(tokenizer, source),
    right: texts[i] === target,
  }));
  const hasAttention = model.kind === 'seq2seqLM' || model.config.attention !== undefined;
  return {
    scores: scoresOf(answers),
    texts: texts.slice(heldOut.length),
    alignment: hasAttention ? await alignmentOf(model, aligned) : undefined,
  };
}

/** Whether a word is the end of the text. */
const END = '</s>';

/** How a right translation is aligned: the mean over the heads of the last layer. */
async function alignmentOf(
  model: RecurrentSeq2Seq | Seq2SeqLM,
  { source, target }: Pair,
): Promise<Alignment> {
  const { sourceTokens, targetTokens, attention } = await model.alignments(source, target);
  const [layers, heads, targets, sources] = attention.shape;
  const weights = meanOfHeads(attention.data, layers, heads, targets * sources);
  const columns = wordsOf(sourceTokens);
  const rows = wordsOf(targetTokens).filter(({ end }) => !end);
  return {
    rows: rows.map(({ text }) => text),
    columns: columns.map(({ text, end }) => (end ? END : text)),
    weights: mergeWeights(weights, sources, rows, columns),
  };
}

/** The mean of a layer's maps of `size` weights each; of the last layer. */
function meanOfHeads(data: Float32Array, layers: number, heads: number, size: number): Float32Array {
  const mean = new Float32Array(size);
  for (let head = 0; head < heads; head++) {
    const from = ((layers - 1) * heads + head) * size;
    for (let i = 0; i < size; i++) mean[i]! += (data[from + i] ?? 0) / heads;
  }
  return mean;
}

async function lookAtDecoder(model: CausalLM, { heldOut, samples, aligned }: RunData) {
  const answers: { length: number; right: boolean }[] = [];
  for (const { target } of heldOut) {
    const { tokens } = await model.perplexity(target, { topLogProbs: 1 });
    for (const [i, { token, top }] of tokens.entries())
      answers.push({ length: i, right: top?.[0]?.token === token });
  }
  const written = await model.generate(
    samples.map(({ source }) => source),
    { maxNewTokens: 24, doSample: false },
  );
  const { tokens, attention } = await model.trace(aligned.target);
  const [layers, heads, count] = attention.shape;
  const weights = meanOfHeads(attention.data, layers, heads, count * count);
  return {
    scores: scoresOf(answers),
    texts: written.map(({ text }, i) => `${samples[i]?.source ?? ''}${text}`),
    alignment: {
      rows: tokens,
      columns: tokens,
      weights: tokens.map((_, row) => Array.from(weights.subarray(row * count, (row + 1) * count))),
    },
  };
}
