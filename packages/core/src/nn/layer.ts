import type { Backend, Offsets } from '../backend/backend.ts';
import { HeadwiseError } from '../errors.ts';
import type { Hooks } from '../inspect/hooks.ts';
import { Watch } from '../inspect/watch.ts';
import { evaluate } from './evaluate.ts';
import { Parameters } from './parameters.ts';
import type { Run } from './run.ts';
import { checkpointOf, type StateDict } from './state-dict.ts';
import type { Steps } from './steps.ts';

/** What every layer's `forward` takes beside its inputs. */
export interface ForwardOptions {
  /** Looks at activations, or replaces them; the layer's documentation lists their names. */
  readonly hooks?: Hooks;
}

/** A layer that stands by itself: weights in a backend, and calls that take and return plain arrays. */
export abstract class Layer {
  readonly #parameters: Parameters;
  #disposed = false;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  /** What the layer computes with. */
  get backend(): Backend {
    return this.#parameters.backend;
  }

  /** Frees the weights. Calling it again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parameters.release();
  }

  protected run<T>(
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (run: Run) => Steps<T>,
    record: readonly string[] = [],
  ): { result: T; recorded: Watch['recorded'] } {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'layer: it was disposed of');
    const watch = hooks || record.length > 0 ? new Watch(hooks, record) : undefined;
    const result = evaluate(this.backend, offsets, watch, body);
    return { result, recorded: watch?.recorded ?? new Map() };
  }
}

/**
 * Builds a layer from a state dict. If anything fails, what was already made is freed; a tensor that the layer does not know is an
 * error (`LoadError`), as is one that it misses.
 */
export async function loadLayer<L>(
  name: string,
  backend: Backend,
  stateDict: StateDict,
  build: (parameters: Parameters) => Promise<L>,
): Promise<L> {
  const parameters = new Parameters(checkpointOf(stateDict), backend);
  try {
    const layer = await build(parameters);
    parameters.checkAllAsked(name, []);
    return layer;
  } catch (error) {
    parameters.release();
    throw error;
  }
}
