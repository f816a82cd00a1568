import { ConfigError } from '../../errors.ts';
import { render, renderSteps } from './interpreter.ts';
import type { RenderLimits } from './limits.ts';
import type { Node } from './nodes.ts';
import { parse } from './parser.ts';
import { Dict, Float, type Value } from './values.ts';

/** Values may be nested this deep. */
const MAX_DEPTH = 64;

/** A parsed Jinja template. Throws `JinjaError` when it cannot be parsed or rendered. */
export class JinjaTemplate {
  readonly #nodes: readonly Node[];

  constructor(source: string) {
    this.#nodes = parse(source);
  }

  /** Throws `ConfigError` for variables that JSON cannot represent. */
  render(variables: Readonly<Record<string, unknown>>, limits?: RenderLimits): string {
    return render(this.#nodes, valuesOf(variables), limits);
  }

  /**
   * {@link render} that lets the event loop run after every 50,000 steps, about 20 milliseconds, and then rejects with the signal's reason if it is aborted.
   */
  async renderAsync(
    variables: Readonly<Record<string, unknown>>,
    limits?: RenderLimits,
    signal?: AbortSignal,
  ): Promise<string> {
    const steps = renderSteps(this.#nodes, valuesOf(variables), limits);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
  }
}

function valuesOf(variables: Readonly<Record<string, unknown>>): Map<string, Value> {
  const entries = Object.entries(variables).filter(([, value]) => value !== undefined);
  return new Map(entries.map(([name, value]) => [name, fromJson(value, name)]));
}

/** A value of JavaScript as Python's `json.loads` would have it; a number without a fraction is an int. */
function fromJson(value: unknown, path: string, depth = 0): Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new Float(value);
  if (depth < MAX_DEPTH && typeof value === 'object') {
    if (Array.isArray(value))
      return Array.from(value, (item, i) => fromJson(item ?? null, `${path}[${i}]`, depth + 1));
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      return Dict.of(entries.map(([key, item]) => [key, fromJson(item, `${path}.${key}`, depth + 1)]));
    }
  }
  throw new ConfigError(
    depth < MAX_DEPTH
      ? `chat template: ${path} must be a value of JSON, got ${typeof value === 'object' ? value.constructor?.name : typeof value}`
      : `chat template: ${path} is nested more than ${MAX_DEPTH} deep`,
  );
}
