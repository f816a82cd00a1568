import { formatShape, sameShape, sizeOf } from '../../backend/check.ts';
import { LoadError, ShapeError } from '../../errors.ts';
import { Random } from '../../platform/random.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { FloatArray } from './float-array.ts';
import type { WeightSpec } from './init.ts';

/** A weight of a module with its full name. */
export interface NamedWeight {
  readonly name: string;
  readonly spec: WeightSpec;
  /** Its present values, if there are any. */
  readonly own: FloatArray | undefined;
}

/** The present values of all weights, or initial ones. Each weight has random numbers of its own. */
export function valuesOrInitial(weights: readonly NamedWeight[], seed: number): Map<string, FloatArray> {
  return new Map(weights.map(({ name, spec, own }, i) => [name, own ?? initial(spec, new Random(seed, i))]));
}

function initial({ shape, init }: WeightSpec, random: Random): FloatArray {
  const data = new Float32Array(sizeOf(shape));
  init(data, random);
  return { data, shape };
}

/** Throws `LoadError` for missing and unknown names, and `ShapeError` for another shape. */
export function checkNames(type: string, weights: readonly NamedWeight[], checkpoint: Checkpoint): void {
  for (const { name, spec } of weights) {
    const { shape } = checkpoint.info(name);
    if (sameShape(shape, spec.shape)) continue;
    throw new ShapeError(
      `checkpoint: ${name} must be ${formatShape(spec.shape)} by the configuration, is ${formatShape(shape)}`,
    );
  }
  const known = new Set(weights.map(({ name }) => name));
  const unknown = checkpoint.names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const listed = unknown.slice(0, 5).join(', ');
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
  throw new LoadError('unknown-tensor', `checkpoint: ${type} has no weights named ${listed}${more}`);
}
