import type { EncodeOutput, OutputRequest } from '../engine/output.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import type { EncoderModel } from '../tasks/encoder-model.ts';
import type { Activation, HookFunction, Hooks } from './hooks.ts';

/**
 * Hooks that put activations of one run into another, for the same names. `rows` says which tokens' rows to put there, from which row to
 * which; without it all rows, and both runs need the same number of tokens.
 *
 * ```ts
 * const { activations } = await model.record('She sat by the river bank.', ['blocks.2.residual.after']);
 * await model.embed('She sat by the money bank.', { hooks: patch(activations) });
 * ```
 *
 * Activations must be `[tokens, features]` for `rows`. A hook throws `ShapeError` where an activation does not fit.
 */
export function patch(
  activations: ReadonlyMap<string, Activation>,
  rows?: Iterable<readonly [from: number, to: number]>,
): Hooks {
  const pairs = rows && [...rows];
  return Object.fromEntries(
    [...activations].map(([name, activation]) => [
      name,
      pairs ? rowHook(activation, pairs) : wholeHook(activation),
    ]),
  );
}

function wholeHook(source: Activation): HookFunction {
  return ({ name, shape }) => {
    if (source.shape.length === shape.length && source.shape.every((size, i) => size === shape[i]))
      return source.data;
    throw new ShapeError(
      `patch ${name}: the run has [${shape.join(', ')}], what is to be put there [${source.shape.join(', ')}]; name the rows to patch`,
    );
  };
}

function rowHook(source: Activation, pairs: readonly (readonly [number, number])[]): HookFunction {
  return ({ name, shape, data }) => {
    const [width, sourceWidth] = [shape[1] ?? 0, source.shape[1] ?? 0];
    if (shape.length !== 2 || source.shape.length !== 2 || width !== sourceWidth) {
      throw new ShapeError(
        `patch ${name}: rows need [tokens, features], got [${source.shape.join(', ')}] for [${shape.join(', ')}]`,
      );
    }
    const patched = data.slice();
    for (const [from, to] of pairs) {
      if (!(from >= 0 && from < source.shape[0]! && to >= 0 && to < shape[0]!)) {
        throw new ShapeError(`patch ${name}: no rows ${from} of ${source.shape[0]} and ${to} of ${shape[0]}`);
      }
      patched.set(source.data.subarray(from * width, (from + 1) * width), to * width);
    }
    return patched;
  };
}

export interface PatchingOptions {
  /** What of the model's to look at. Default: its sentence embedding. */
  output?: OutputRequest;
  /** Whether to patch every token by itself rather than all at once. Default: false. */
  perToken?: boolean;
  signal?: AbortSignal;
  /** Called with the number of runs done, of how many. */
  onProgress?: (done: number, total: number) => void;
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
 * from the run of `from` in its place, and tells how far that takes the output. `names` may be patterns, such as
 * `blocks.*.residual.after`.
 *
 * Both texts need the same number of tokens; throws `ShapeError` otherwise, and `ConfigError` for names that match nothing and for
 * texts whose outputs do not differ.
 */
export async function activationPatching(
  model: EncoderModel,
  from: string,
  into: string,
  names: readonly string[],
  options: PatchingOptions = {},
): Promise<PatchingScore[]> {
  const { output = model.embeddingRequest, perToken = false, signal, onProgress } = options;
  const call = signal ? { signal } : {};
  const { activations, ids } = await model.record(from, names, call);
  const [source, target] = [model.tokenize(from), model.tokenize(into)];
  if (target.ids.length !== ids.length) {
    throw new ShapeError(
      `activationPatching: both texts need as many tokens, got ${ids.length} and ${target.ids.length}`,
    );
  }
  const [wanted, plain] = await model.run([source, target], output, call);
  const apart = distance(wanted!, plain!);
  if (apart === 0) throw new ConfigError('activationPatching: the outputs of the two texts do not differ');
  const tokens = perToken ? Array.from(ids.keys()) : [undefined];
  const scores: PatchingScore[] = [];
  for (const [name, activation] of activations) {
    for (const token of tokens) {
      const hooks = patch(new Map([[name, activation]]), token === undefined ? undefined : [[token, token]]);
      const [patched] = await model.run([target], output, { ...call, hooks });
      const recovered = 1 - distance(wanted!, patched!) / apart;
      scores.push({ name, recovered, ...(token !== undefined && { token }) });
      onProgress?.(scores.length, activations.size * tokens.length);
    }
  }
  return scores;
}

/** Euclidean. */
function distance(a: EncodeOutput, b: EncodeOutput): number {
  if (a.data.length !== b.data.length) throw new ShapeError('activationPatching: the outputs differ in size');
  return Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0));
}
