import type { EncodeOutput, OutputRequest } from '../engine/encoder-engine.ts';
import { ConfigError } from '../errors.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { checkOptions } from '../options.ts';
import type { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import { requireModel, requireTexts } from '../tasks/inputs.ts';
import { cosineSimilarity } from '../tasks/similarity.ts';
import { ABLATION_OPTIONS, type AblationOptions, ablateHeads, type HeadImportance } from './ablate-heads.ts';
import { type InspectableDecoder, type InspectCall, isDecoder } from './inspectable.ts';

/** How heads of an encoder are compared. */
export interface HeadImportanceOptions extends AblationOptions {
  /** What of the model's to look at. Default: its sentence embedding. */
  output?: OutputRequest;
  /**
   * How far the output for a text is from what it was before: larger for a head that matters more. Default: one minus their cosine
   * similarity.
   */
  distance?: (before: EncodeOutput, after: EncodeOutput) => number;
}

/** How heads of a decoder are compared. */
export interface DecoderHeadImportanceOptions extends AblationOptions {
  /**
   * What is measured of a text, by running the model as `call` says: a head matters more the more it rises without the head. Default: the
   * text's loss in nats for each token.
   */
  metric?: (text: string, call: InspectCall) => Promise<number>;
}

/**
 * How much each head matters for some texts: the model runs without one head after another, and what comes out is compared with what
 * came out before (see `ablateHeads`). Of an encoder that is the mean distance between its outputs over all texts, of a decoder the
 * mean rise of its loss.
 *
 * Takes layers · heads + 1 runs. Throws `ConfigError` for no texts.
 */
export function headImportance(
  model: EncoderModel,
  texts: string | readonly string[],
  options?: HeadImportanceOptions,
): Promise<HeadImportance>;
export function headImportance(
  model: InspectableDecoder,
  texts: string | readonly string[],
  options?: DecoderHeadImportanceOptions,
): Promise<HeadImportance>;
export async function headImportance(
  model: EncoderModel | InspectableDecoder,
  texts: string | readonly string[],
  options: HeadImportanceOptions & DecoderHeadImportanceOptions = {},
): Promise<HeadImportance> {
  const own = isDecoder(model) ? DECODER_OPTIONS : ENCODER_OPTIONS;
  checkOptions('headImportance', options, ABLATION_OPTIONS, own);
  requireModel('headImportance', model, 'encoder', 'causalLM');
  const { edit, hooks, signal, onProgress } = options;
  const list = typeof texts === 'string' ? [texts] : texts;
  requireTexts('headImportance', 'the texts', list);
  if (list.length === 0) throw new ConfigError('headImportance: needs at least one text');
  const score = isDecoder(model)
    ? await lossRise(model, list, options)
    : await outputDistance(model, list, options);
  const { numHiddenLayers: layers, numAttentionHeads: heads } = model.config;
  return ablateHeads(
    score,
    { layers, heads },
    {
      ...(edit && { edit }),
      ...(hooks && { hooks }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    },
  );
}

const ENCODER_OPTIONS = { output: 'object', distance: 'function' } as const;
const DECODER_OPTIONS = { metric: 'function' } as const;

type Score = (hooks: Hooks) => Promise<number>;

async function outputDistance(
  model: EncoderModel,
  texts: readonly string[],
  { output = model.embeddingRequest, distance = cosineDistance, hooks = {}, signal }: HeadImportanceOptions,
): Promise<Score> {
  const sequences = texts.map((text) => model.tokenize(text));
  const run = (all: Hooks) => model.run(sequences, output, { hooks: all, ...(signal && { signal }) });
  const before = await run(hooks);
  return async (without) => {
    const after = await run(without);
    return mean(before.map((plain, i) => distance(plain, after[i]!)));
  };
}

async function lossRise(
  model: InspectableDecoder,
  texts: readonly string[],
  options: DecoderHeadImportanceOptions,
): Promise<Score> {
  const { hooks = {}, signal } = options;
  const metric =
    options.metric ?? (async (text: string, call: InspectCall) => (await model.perplexity(text, call)).loss);
  const run = async (all: Hooks) => {
    const values: number[] = [];
    for (const text of texts) values.push(await metric(text, { hooks: all, ...(signal && { signal }) }));
    return mean(values);
  };
  const before = await run(hooks);
  return async (without) => (await run(without)) - before;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function cosineDistance(before: EncodeOutput, after: EncodeOutput): number {
  return 1 - cosineSimilarity(before.data, after.data);
}
