import { ShapeError } from '../errors.ts';
import type { Edit } from './edits.ts';

/** Values that a model computes on its way, under the name that it gives them. */
export interface Activation {
  /** For example `blocks.3.attention.heads.5.context`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major; a copy, free to keep or to change. */
  readonly data: Float32Array;
}

/**
 * Looks at an activation, and may return values to go on with in its place (as many as it has). Called while the model
 * runs: it has to be synchronous.
 */
export type HookFunction = (activation: Activation) => Float32Array | undefined | void;

export type Hook = Edit | HookFunction;

/**
 * Hooks by the name of the activation. `*` stands for one part of a name: `blocks.*.attention.weights` is every layer's.
 * Several that match are applied in the order in which they are written.
 */
export type Hooks = Readonly<Record<string, Hook>>;

/** What a shard holds of an activation that is split over shards: these indices of one axis. */
export interface Part {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** Size of the whole axis. */
  readonly of: number;
}

/** Who has an activation when a model is spread over shards: every shard the same, this one alone, or each a part. */
export type Held = 'everywhere' | 'here' | Part;

/** Whether a name fits a pattern, part by part. */
export function matches(pattern: string, name: string): boolean {
  const wanted = pattern.split('.');
  const parts = name.split('.');
  return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}

/** A shard's part of values that were given for the whole. */
export function takePart(data: Float32Array, shape: readonly number[], part: Part): Float32Array {
  const inner = shape.slice(part.axis + 1).reduce((product, size) => product * size, 1);
  const outer = shape.slice(0, part.axis).reduce((product, size) => product * size, 1);
  const length = (part.to - part.from) * inner;
  const result = new Float32Array(outer * length);
  for (let i = 0; i < outer; i++) {
    const start = (i * part.of + part.from) * inner;
    result.set(data.subarray(start, start + length), i * length);
  }
  return result;
}

/** The values after an edit. `shape` and `data` are a shard's part if `part` says so. */
export function applyEdit(edit: Edit, activation: Activation, part?: Part): Float32Array {
  const { name, shape, data } = activation;
  if (edit.edit === 'scale') {
    // Silencing really is zero, also where the value was infinite.
    return edit.factor === 0 ? new Float32Array(data.length) : data.map((value) => value * edit.factor);
  }
  const whole = part ? (data.length / (part.to - part.from || 1)) * part.of : data.length;
  if (edit.data.length !== whole) {
    throw new ShapeError(
      `hook ${name}: [${shape.join(', ')}] has ${whole} values, the replacement ${edit.data.length}`,
    );
  }
  return part ? takePart(edit.data, shape, part) : edit.data;
}
