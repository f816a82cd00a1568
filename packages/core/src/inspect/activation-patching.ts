import type { EncodeOutput, OutputRequest } from '../engine/encoder-engine.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import type { Hooks } from '../hooks/hooks.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import type { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import { requireModel } from '../tasks/inputs.ts';
import { type InspectableDecoder, isDecoder } from './inspectable.ts';
import { patch } from './patch.ts';

interface CommonOptions {
  /** Whether to patch every token by itself rather than all at once. Default: false. */
  perToken?: boolean;
  signal?: AbortSignal;
  /** Called with the number of runs done, of how many. */
  onProgress?: (done: number, total: number) => void;
}

const COMMON = {
  perToken: 'boolean',
  signal: 'signal',
  onProgress: 'function',
} satisfies OptionNames<CommonOptions>;

export interface PatchingOptions extends CommonOptions {
  /** What of the model's to look at. Default: its sentence embedding. */
  output?: OutputRequest;
}

export interface DecoderPatchingOptions extends CommonOptions {
  /**
   * What is measured of the logits of what follows the text, `[vocabSize]`: for example by how much one word is ahead of another. Default:
   * how far all of them are from those of the other text.
   */
  metric?: (logits: Float32Array) => number;
}

/** What putting one activation of a run into another did. */
export interface PatchingScore {
  readonly name: string;
  /** The token that was patched; undefined for all of them. */
  readonly token?: number;
  /** How far the output moved to that of the run that the activation came from: 0 not at all, 1 all the way. */
  readonly recovered: number;
}

/**
 * Activation patching (causal tracing: Vig et al. 2020, Meng et al. 2022): runs `into` again and again, each time with one activation
 * from the run of `from` in its place, and tells how far that takes the output; of a decoder that is what it says next. `names` may be
 * patterns, such as `blocks.*.residual.after`.
 *
 * Both texts need the same number of tokens; throws `ShapeError` otherwise, and `ConfigError` for names that match nothing and for
 * texts whose outputs do not differ.
 */
export function activationPatching(
  model: EncoderModel,
  from: string,
  into: string,
  names: readonly string[],
  options?: PatchingOptions,
): Promise<PatchingScore[]>;
export function activationPatching(
  model: InspectableDecoder,
  from: string,
  into: string,
  names: readonly string[],
  options?: DecoderPatchingOptions,
): Promise<PatchingScore[]>;
export async function activationPatching(
  model: EncoderModel | InspectableDecoder,
  from: string,
  into: string,
  names: readonly string[],
  options: PatchingOptions & DecoderPatchingOptions = {},
): Promise<PatchingScore[]> {
  checkOptions(
    'activationPatching',
    options,
    COMMON,
    isDecoder(model) ? { metric: 'function' } : { output: 'object' },
  );
  requireModel('activationPatching', model, 'encoder', 'causalLM');
  const { perToken = false, metric, signal, onProgress } = options;
  const call = signal ? { signal } : {};
  const { activations, ids } = await model.record(from, names, call);
  const run = isDecoder(model) ? decoderRun(model, call) : encoderRun(model, options);
  const [source, target] = [await run(from, {}), await run(into, {})];
  if (target.tokens !== ids.length) {
    throw new ShapeError(
      `activationPatching: both texts need as many tokens, got ${ids.length} and ${target.tokens}`,
    );
  }
  const recovered = metric
    ? byMetric(metric, source.values, target.values)
    : byDistance(source.values, target.values);
  const tokens = perToken ? Array.from(ids.keys()) : [undefined];
  const scores: PatchingScore[] = [];
  for (const [name, activation] of activations) {
    for (const token of tokens) {
      const hooks = patch(new Map([[name, activation]]), token === undefined ? undefined : [[token, token]]);
      const { values } = await run(into, hooks);
      scores.push({ name, recovered: recovered(values), ...(token !== undefined && { token }) });
      onProgress?.(scores.length, activations.size * tokens.length);
    }
  }
  return scores;
}

/** Runs a text: how many tokens it has, and what came out. */
type PatchedRun = (text: string, hooks: Hooks) => Promise<{ tokens: number; values: Float32Array }>;

function encoderRun(model: EncoderModel, options: PatchingOptions): PatchedRun {
  const { output = model.embeddingRequest, signal } = options;
  return async (text, hooks) => {
    const sequence = model.tokenize(text);
    const [result] = await model.run([sequence], output, { hooks, ...(signal && { signal }) });
    return { tokens: sequence.ids.length, values: (result as EncodeOutput).data };
  };
}

function decoderRun(model: InspectableDecoder, call: { signal?: AbortSignal }): PatchedRun {
  return async (text, hooks) => {
    const { ids, activations } = await model.record(text, ['logits'], { ...call, hooks });
    return { tokens: ids.length, values: activations.get('logits')!.data };
  };
}

function byDistance(wanted: Float32Array, plain: Float32Array): (patched: Float32Array) => number {
  const apart = distance(wanted, plain);
  if (apart === 0) throw new ConfigError('activationPatching: the outputs of the two texts do not differ');
  return (patched) => 1 - distance(wanted, patched) / apart;
}

function byMetric(
  metric: (logits: Float32Array) => number,
  wanted: Float32Array,
  plain: Float32Array,
): (patched: Float32Array) => number {
  const before = metric(plain);
  const apart = metric(wanted) - before;
  if (apart === 0) throw new ConfigError('activationPatching: the metric is the same for both texts');
  return (patched) => (metric(patched) - before) / apart;
}

/** Euclidean. */
function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new ShapeError('activationPatching: the outputs differ in size');
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}
