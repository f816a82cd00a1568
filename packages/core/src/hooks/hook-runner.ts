import type { Backend, Tensor } from '../backend/backend.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import type { Edit } from './edits.ts';
import { type Activation, type Hook, type Hooks, matches, matchesAny, nameFor } from './hooks.ts';

/** Applies the hooks of one forward pass and records activations. */
export class HookRunner {
  readonly #hooks: readonly (readonly [pattern: string, hook: Hook])[];
  readonly #record: readonly string[];
  /** Patterns that no activation has matched yet. */
  readonly #unmatched: Set<string>;
  /** The patterns of all hooks and recordings. */
  readonly patterns: readonly string[];
  /** The recorded activations by name, after the hooks. Recordings of an alias come under the alias. */
  readonly recorded = new Map<string, Activation>();

  /** Throws `ConfigError` for a hook that is neither a function nor an edit, and for names that are not strings. `record`: names or patterns of the activations to record. */
  constructor(hooks: Hooks = {}, record: readonly string[] = []) {
    this.#hooks = Object.entries(hooks);
    for (const [pattern, hook] of this.#hooks) checkHook(pattern, hook);
    if (!Array.isArray(record) || record.some((name) => typeof name !== 'string'))
      throw new ConfigError('hooks: the names to record must be an array of strings');
    this.#record = record;
    this.patterns = [...Object.keys(hooks), ...record];
    this.#unmatched = new Set(this.patterns);
  }

  /** Whether a hook or a recording matches this activation. */
  watches(name: string): boolean {
    return matchesAny(this.patterns, name);
  }

  /**
   * Applies the matching hooks in order, then records the result. Returns the values that replace the activation, or
   * undefined if no hook replaced it. Throws `ShapeError` if a hook returns another number of values.
   */
  apply(activation: Activation): Float32Array | undefined {
    const { name, shape } = activation;
    let { data } = activation;
    let replaced = false;
    for (const [pattern, hook] of this.#hooks) {
      if (!matches(pattern, name)) continue;
      this.#unmatched.delete(pattern);
      const current = { name: nameFor(pattern, name), shape, data };
      const next = typeof hook === 'function' ? hook(current) : applyEdit(hook, current);
      if (next === undefined) continue;
      if (!(next instanceof Float32Array) || next.length !== data.length) {
        throw new ShapeError(
          `hook ${pattern}: must return nothing or a Float32Array of ${data.length} values for ${name} [${shape.join(', ')}]`,
        );
      }
      data = next;
      replaced = true;
    }
    for (const pattern of this.#record) {
      if (!matches(pattern, name)) continue;
      this.#unmatched.delete(pattern);
      const recordedName = nameFor(pattern, name);
      this.recorded.set(recordedName, { name: recordedName, shape, data: data.slice() });
    }
    return replaced ? data : undefined;
  }

  /** {@link apply} for a tensor: the activation, or a tensor of what replaces it. */
  answer(backend: Backend, { name, value }: { readonly name: string; readonly value: Tensor }): Tensor {
    const replaced = this.apply({ name, shape: value.shape, data: backend.read(value) });
    return replaced ? backend.tensor(replaced, value.shape) : value;
  }

  /**
   * Throws `ConfigError` if the pattern of a hook or a recording has matched no activation: otherwise a misspelt name would
   * look like a hook without effect.
   */
  assertAllMatched(): void {
    if (this.#unmatched.size === 0) return;
    throw new ConfigError(
      `hooks: this model has no activation named ${[...this.#unmatched].map((name) => `"${name}"`).join(', ')}`,
    );
  }
}

function checkHook(pattern: string, hook: unknown): void {
  if (typeof hook === 'function') return;
  const { edit, factor, data } = (hook ?? {}) as Readonly<Record<string, unknown>>;
  if (edit === 'scale' && typeof factor === 'number' && !Number.isNaN(factor)) return;
  if (edit === 'replace' && data instanceof Float32Array) return;
  throw new ConfigError(
    `hooks: ${pattern} must be a function, silence(), scale of a number or replaceWith of a Float32Array, got ${
      edit === undefined
        ? typeof hook
        : `the edit ${typeof edit === 'string' ? edit : typeof edit} of another value`
    }`,
  );
}

/** The values of an activation after an edit. Throws `ShapeError` if a replacement has another number of values. */
function applyEdit(edit: Edit, { name, shape, data }: Activation): Float32Array {
  if (edit.edit === 'scale') {
    // A factor of 0 gives zeros also for ±∞ and NaN, where a product would be NaN.
    return edit.factor === 0 ? new Float32Array(data.length) : data.map((value) => value * edit.factor);
  }
  if (edit.data.length !== data.length) {
    throw new ShapeError(
      `hook ${name}: [${shape.join(', ')}] has ${data.length} values, the replacement ${edit.data.length}`,
    );
  }
  return edit.data;
}
