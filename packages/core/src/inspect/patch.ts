import { ConfigError, ShapeError } from '../errors.ts';
import type { Activation, HookFunction, Hooks } from '../hooks/hooks.ts';

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
  const isRecording =
    activations instanceof Map &&
    [...activations.values()].every((one) => one?.data instanceof Float32Array && Array.isArray(one.shape));
  if (!isRecording) throw new ConfigError('patch: needs the activations of a recording, a Map by name');
  const pairs = rows === undefined ? undefined : pairsOf(rows);
  return Object.fromEntries(
    [...activations].map(([name, activation]) => [
      name,
      pairs ? rowHook(activation, pairs) : wholeHook(activation),
    ]),
  );
}

function pairsOf(rows: Iterable<readonly [from: number, to: number]>): (readonly [number, number])[] {
  const pairs = typeof rows === 'object' && rows !== null && Symbol.iterator in rows ? [...rows] : undefined;
  if (pairs?.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isSafeInteger)))
    return pairs;
  throw new ConfigError('patch: rows must be pairs of whole numbers: from which row, to which');
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
