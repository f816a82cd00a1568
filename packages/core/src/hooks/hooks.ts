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
export interface ShardSlice {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** Size of the whole axis. */
  readonly of: number;
}

/** Who has an activation when a model is spread over shards: every shard the same, this one alone, or each a part. */
export type ShardPlacement = 'replicated' | 'local' | ShardSlice;

/** Whether a name fits a pattern, part by part. */
export function matches(pattern: string, name: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === name;
  // Most names differ at an end: few have to be taken apart.
  if (!name.startsWith(pattern.slice(0, star))) return false;
  if (!name.endsWith(pattern.slice(pattern.lastIndexOf('*') + 1))) return false;
  const wanted = pattern.split('.');
  const parts = name.split('.');
  return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}

/** Whether a name fits any of the patterns. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}

/** The values after an edit. */
export function applyEdit(edit: Edit, { name, shape, data }: Activation): Float32Array {
  if (edit.edit === 'scale') {
    // Silencing really is zero, also where the value was infinite.
    return edit.factor === 0 ? new Float32Array(data.length) : data.map((value) => value * edit.factor);
  }
  if (edit.data.length !== data.length) {
    throw new ShapeError(
      `hook ${name}: [${shape.join(', ')}] has ${data.length} values, the replacement ${edit.data.length}`,
    );
  }
  return edit.data;
}
