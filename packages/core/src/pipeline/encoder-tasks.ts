import { ConfigError } from '../errors.ts';
import type { PoolingMode } from '../models/encoders/pooling.ts';
import { checkOptions } from '../options.ts';
import { type AnswerOptions, answer } from '../tasks/encoder/answer.ts';
import { TEXT_OPTIONS, type TextOptions } from '../tasks/encoder/batching.ts';
import { type ClassifyOptions, classify } from '../tasks/encoder/classify.ts';
import { type ClassifyTokensOptions, classifyTokens } from '../tasks/encoder/classify-tokens.ts';
import type { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import { type FillMaskOptions, fillMask } from '../tasks/encoder/fill-mask.ts';
import { type ZeroShotOptions, zeroShot } from '../tasks/encoder/zero-shot.ts';
import { requireText, requireTexts, type TextInput } from '../tasks/inputs.ts';
import { withCoreNames } from './call-options.ts';
import type { AnsweredQuestion, FilledText, TokenLabel, ZeroShotLabels } from './encoder-types.ts';
import { FeatureTensor } from './feature-tensor.ts';

/** The texts of a call, and whether it was one alone. */
function listOf<T>(input: T | readonly T[]): { list: readonly T[]; isSingle: boolean } {
  return Array.isArray(input)
    ? { list: input as readonly T[], isSingle: false }
    : { list: [input as T], isSingle: true };
}

/** Calls a task for one text or for each of several, one after the other. */
async function forEach<T, R>(input: T | readonly T[], task: (one: T) => Promise<R>): Promise<R | R[]> {
  const { list, isSingle } = listOf(input);
  const results: R[] = [];
  for (const one of list) results.push(await task(one));
  return isSingle ? results[0]! : results;
}

const POOLING: Readonly<Record<string, PoolingMode>> = {
  mean: 'mean',
  cls: 'cls',
  first_token: 'cls',
  eos: 'lasttoken',
  last_token: 'lasttoken',
};

export function featureExtraction(model: EncoderModel) {
  const task = 'feature-extraction';
  return async (input: string | readonly string[], options?: object): Promise<FeatureTensor> => {
    const { pooling = 'none', normalize = false, ...rest } = withCoreNames(task, options);
    checkOptions(task, { pooling, normalize, ...rest }, TEXT_OPTIONS, {
      pooling: ['none', ...Object.keys(POOLING)],
      normalize: 'boolean',
    });
    const { list } = listOf(input);
    requireTexts(task, 'the texts', list);
    const { truncation = 'longestFirst', ...run } = rest as TextOptions;
    const sequences = list.map((text) => model.tokenize(text, { truncation }));
    const mode = POOLING[pooling as string];
    if (mode === undefined) {
      const outputs = await model.run(sequences, { kind: 'hidden' }, run);
      return padded(
        outputs.map(({ data }) => (normalize ? normalizedRows(data, model) : data)),
        model,
      );
    }
    const request = { kind: 'embedding', mode, normalize: normalize as boolean } as const;
    const outputs = await model.run(sequences, request, run);
    const { hiddenSize } = model.config;
    const data = new Float32Array(list.length * hiddenSize);
    for (const [i, vector] of outputs.entries()) data.set(vector.data, i * hiddenSize);
    return new FeatureTensor(data, [list.length, hiddenSize]);
  };
}

/** `[texts, tokens, features]` of the most tokens, with zeros after shorter texts. */
function padded(rows: readonly Float32Array[], { config }: EncoderModel): FeatureTensor {
  const longest = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const data = new Float32Array(rows.length * longest);
  for (const [i, row] of rows.entries()) data.set(row, i * longest);
  return new FeatureTensor(data, [rows.length, longest / config.hiddenSize, config.hiddenSize]);
}

function normalizedRows(data: Float32Array, { config: { hiddenSize } }: EncoderModel): Float32Array {
  const result = data.slice();
  for (let start = 0; start < result.length; start += hiddenSize) {
    const row = result.subarray(start, start + hiddenSize);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (norm > 0) for (const [i, value] of row.entries()) row[i] = value / norm;
  }
  return result;
}

export function textClassification(model: EncoderModel) {
  return async (input: TextInput | readonly TextInput[], options?: object) => {
    const { topK = 1, ...rest } = withCoreNames('text-classification', options);
    const all = (topK === null ? rest : { ...rest, topK }) as ClassifyOptions;
    const { list, isSingle } = listOf(input);
    const results = await classify(model, list, all);
    if (isSingle) return results[0]!;
    return topK === 1 ? results.flat() : results;
  };
}

export function tokenClassification(model: EncoderModel) {
  return (input: string | readonly string[], options?: object) => {
    const named = withCoreNames('token-classification', options) as ClassifyTokensOptions;
    const { aggregation = 'none', ignoreLabels = ['O'] } = named;
    return forEach(input, async (text): Promise<TokenLabel[]> => {
      const isRaw = aggregation === 'none';
      // Without grouping there is a label for each token, so that all of them are needed to count.
      const ignored = isRaw && Array.isArray(ignoreLabels) ? [] : ignoreLabels;
      const found = await classifyTokens(model, text, { ...named, aggregation, ignoreLabels: ignored });
      if (!isRaw)
        return found.map(({ label, score, text, start, end }) => ({
          entity_group: label,
          score,
          word: text,
          start,
          end,
        }));
      const { sequenceIds } = model.tokenize(text, { offsets: true, truncation: 'longestFirst' });
      const indices = [...sequenceIds.keys()].filter((index) => sequenceIds[index] === 0);
      return found
        .map(({ label, score, text, start, end }, i) => ({
          entity: label,
          score,
          index: indices[i]!,
          word: text,
          start,
          end,
        }))
        .filter(({ entity }) => !ignoreLabels.includes(entity));
    });
  };
}

export function questionAnswering(model: EncoderModel) {
  const task = 'question-answering';
  return async (question: string, context: string, options?: object) => {
    const named = withCoreNames(task, options) as AnswerOptions;
    const answers = await answer(model, question, context, named);
    const found = answers.map(({ text, ...rest }): AnsweredQuestion => ({ answer: text, ...rest }));
    if ((named.topK ?? 1) > 1) return found;
    if (found.length === 0) throw new ConfigError(`${task}: the context has no tokens`);
    return found[0]!;
  };
}

export function fillMaskTask(model: EncoderModel) {
  return (input: string | readonly string[], options?: object) => {
    const named = withCoreNames('fill-mask', options) as FillMaskOptions;
    return forEach(input, async (text): Promise<FilledText[]> => {
      const [mask] = await fillMask(model, text, named);
      const { truncation = 'longestFirst' } = named;
      const { ids } = model.tokenize(text, { truncation });
      const { tokenizer } = model;
      return mask!.candidates.map(({ id, score }) => {
        const filled = ids.slice();
        filled[mask!.index] = id;
        const token_str = tokenizer.decode([id], { skipSpecialTokens: false });
        return { score, token: id, token_str, sequence: tokenizer.decode(filled) };
      });
    });
  };
}

export function zeroShotClassification(model: EncoderModel) {
  const task = 'zero-shot-classification';
  return (input: string | readonly string[], candidates: string | readonly string[], options?: object) => {
    const { list: labels } = listOf(candidates);
    const named = withCoreNames(task, options) as ZeroShotOptions;
    // A single label is compared with its contradiction: alone it would always get 1.
    const all = labels.length === 1 ? { ...named, multiLabel: true } : named;
    return forEach(input, async (text): Promise<ZeroShotLabels> => {
      requireText(task, 'the text', text);
      const scored = await zeroShot(model, text, labels, all);
      return {
        sequence: text,
        labels: scored.map(({ label }) => label),
        scores: scored.map(({ score }) => score),
      };
    });
  };
}
