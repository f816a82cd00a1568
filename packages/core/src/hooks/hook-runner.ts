import { ConfigError, ShapeError } from '../errors.ts';
import { type Activation, applyEdit, type Hook, type Hooks, matches, matchesAny } from './hooks.ts';

/** The hooks of one run and the names whose activations it is to record. */
export class HookRunner {
  readonly #hooks: readonly (readonly [pattern: string, hook: Hook])[];
  readonly #record: readonly string[];
  /** Patterns that nothing has matched yet: a misspelt name must not pass for "no effect". */
  readonly #unmatched: Set<string>;
  /** What anybody asked for. */
  readonly patterns: readonly string[];
  readonly recorded = new Map<string, Activation>();

  constructor(hooks: Hooks = {}, record: readonly string[] = []) {
    this.#hooks = Object.entries(hooks);
    this.#record = record;
    this.patterns = [...Object.keys(hooks), ...record];
    this.#unmatched = new Set(this.patterns);
  }

  /** Whether anybody asked for this activation. */
  wants(name: string): boolean {
    return matchesAny(this.patterns, name);
  }

  /** Shows an activation to those who asked for it. Returns what to go on with if that is something else. */
  apply(activation: Activation): Float32Array | undefined {
    const { name, shape } = activation;
    let { data } = activation;
    let replaced = false;
    for (const [pattern, hook] of this.#hooks) {
      if (!matches(pattern, name)) continue;
      this.#unmatched.delete(pattern);
      const current = { name, shape, data };
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
      this.recorded.set(name, { name, shape, data: data.slice() });
    }
    return replaced ? data : undefined;
  }

  /** Throws `ConfigError` if a hook or a recording named an activation that this model does not have. */
  assertAllMatched(): void {
    if (this.#unmatched.size === 0) return;
    throw new ConfigError(
      `hooks: this model has no activation named ${[...this.#unmatched].map((name) => `"${name}"`).join(', ')}`,
    );
  }
}
