import type { Backend, Offsets } from '../../backend/backend.ts';
import { HeadwiseError } from '../../errors.ts';
import { HookRunner } from '../../hooks/hook-runner.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import type { ForwardContext, Steps } from '../run/forward.ts';
import { runForward } from '../run/forward.ts';
import { checkpointOf, type StateDict } from './state-dict.ts';

/** Options of every layer's `forward`. */
export interface ForwardOptions {
  /** Hooks that read or replace activations; each layer's documentation lists their names. */
  readonly hooks?: Hooks;
}

/** A standalone layer: weights in a backend; inputs and outputs are plain arrays. */
export abstract class Layer {
  readonly #loader: WeightLoader;
  #disposed = false;

  protected constructor(loader: WeightLoader) {
    this.#loader = loader;
  }

  /** The backend that has the weights. */
  get backend(): Backend {
    return this.#loader.backend;
  }

  /** Releases the weights. Calling it again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#loader.release();
  }

  /** Runs a forward pass over sequences at `offsets`, with the call's hooks, and records the activations that match `record`. */
  protected run<T>(
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (ctx: ForwardContext) => Steps<T>,
    record: readonly string[] = [],
  ): { result: T; recorded: HookRunner['recorded'] } {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'layer: it was disposed of');
    const runner = hooks || record.length > 0 ? new HookRunner(hooks, record) : undefined;
    const result = runForward(this.backend, offsets, runner, body);
    return { result, recorded: runner?.recorded ?? new Map() };
  }
}

/**
 * Builds a layer from a state dict. Throws `LoadError` for missing or unknown tensors. On failure, weights loaded so far are released.
 */
export async function loadLayer<L>(
  name: string,
  backend: Backend,
  stateDict: StateDict,
  build: (loader: WeightLoader) => Promise<L>,
): Promise<L> {
  const loader = new WeightLoader(checkpointOf(stateDict), backend);
  try {
    const layer = await build(loader);
    loader.assertAllConsumed(name, []);
    return layer;
  } catch (error) {
    loader.release();
    throw error;
  }
}
