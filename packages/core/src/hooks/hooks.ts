import type { Edit } from './edits.ts';

/** Values that a model computes during a forward pass, under a name. */
export interface Activation {
  /** For example `blocks.3.attention.heads.5.context`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. A copy: it may be kept and modified. */
  readonly data: Float32Array;
}

/**
 * Called with an activation during the forward pass. Returns the values that replace it (as many as it has), or nothing to
 * leave it unchanged. Must be synchronous.
 */
export type HookFunction = (activation: Activation) => Float32Array | undefined | void;

export type Hook = Edit | HookFunction;

/**
 * Hooks by activation name. `*` matches one part of a name: `blocks.*.attention.weights` matches that of every layer.
 * Hooks that match the same activation are applied in the order in which they are written.
 *
 * `residual.pre`, `residual.mid` and `residual.post` (TransformerLens) are aliases of `residual.before`, `residual.middle`
 * and `residual.after`. A hook or recording that uses an alias gets the activation under that alias.
 */
export type Hooks = Readonly<Record<string, Hook>>;

/** The part of an activation that one shard holds: indices `from` to `to` of one axis. */
export interface ShardSlice {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** Size of the whole axis. */
  readonly of: number;
}

/**
 * Which shards hold an activation when a model is spread over shards: `replicated` every shard, with equal values; `local`
 * this shard alone; a slice: each shard a part.
 */
export type ShardPlacement = 'replicated' | 'local' | ShardSlice;

/** Endings of names that stand for others, as TransformerLens calls them. */
const ALIASES = [
  { alias: '.residual.pre', ending: '.residual.before' },
  { alias: '.residual.mid', ending: '.residual.middle' },
  { alias: '.residual.post', ending: '.residual.after' },
] as const;

function findAlias(name: string): (typeof ALIASES)[number] | undefined {
  return ALIASES.find(({ alias }) => name.endsWith(alias));
}

/** A name or pattern with its alias resolved. */
function resolveAlias(name: string): string {
  const found = findAlias(name);
  return found ? name.slice(0, -found.alias.length) + found.ending : name;
}

/** The name under which a hook or recording of `pattern` gets the activation `name`: with the alias if the pattern uses one. */
export function nameFor(pattern: string, name: string): string {
  const found = findAlias(pattern);
  return found ? name.slice(0, -found.ending.length) + found.alias : name;
}

/** Whether a name matches a pattern, part by part. Aliases in either are resolved. */
export function matches(pattern: string, name: string): boolean {
  return matchesResolved(resolveAlias(pattern), resolveAlias(name));
}

function matchesResolved(pattern: string, name: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === name;
  // Most names differ from the pattern at the start or the end: comparing these first avoids splitting them.
  if (!name.startsWith(pattern.slice(0, star))) return false;
  if (!name.endsWith(pattern.slice(pattern.lastIndexOf('*') + 1))) return false;
  const expected = pattern.split('.');
  const parts = name.split('.');
  return expected.length === parts.length && expected.every((part, i) => part === '*' || part === parts[i]);
}

/** Whether a name matches any of the patterns. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matches(pattern, name));
}
