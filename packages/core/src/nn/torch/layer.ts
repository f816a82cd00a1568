import type { Backend, Offsets } from '../../backend/backend.ts';
import { HeadwiseError } from '../../errors.ts';
import { HookRunner } from '../../hooks/hook-runner.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import type { ForwardContext } from '../run/forward-context.ts';
import { runForward } from '../run/run-forward.ts';
import type { Steps } from '../run/steps.ts';
import { checkpointOf, type StateDict } from './state-dict.ts';

/** What every layer's `forward` takes beside its inputs. */
export interface ForwardOptions {
  /** Looks at activations, or replaces them; the layer's documentation lists their names. */
  readonly hooks?: Hooks;
}

/** A layer that stands by itself: weights in a backend, and calls that take and return plain arrays. */
export abstract class Layer {
  readonly #loader: WeightLoader;
  #disposed = false;

  constructor(loader: WeightLoader) {
    this.#loader = loader;
  }

  /** What the layer computes with. */
  get backend(): Backend {
    return this.#loader.backend;
  }

  /** Frees the weights. Calling it again does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#loader.release();
  }

  protected run<T>(
    offsets: Offsets,
    { hooks }: ForwardOptions,
    body: (ctx: ForwardContext) => Steps<T>,
    record: readonly string[] = [],
  ): { result: T; recorded: HookRunner['recorded'] } {
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'layer: it was disposed of');
    const watch = hooks || record.length > 0 ? new HookRunner(hooks, record) : undefined;
    const result = runForward(this.backend, offsets, watch, body);
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
