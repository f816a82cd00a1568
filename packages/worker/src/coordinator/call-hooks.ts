import { type Deferred, deferred, type HookRunner, type ShardSlice } from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import type { ActivationMessage } from '../protocol.ts';
import { isFloat32Array } from '../wire/is-float32-array.ts';
import { joinSlices, product, type SliceData, takeSlice } from './slices.ts';

/** An activation that several shards report: the slices so far, and the replacement that these shards wait for. */
interface PendingActivation {
  readonly slices: SliceData[];
  readonly replacement: Deferred<Float32Array | undefined>;
}

/**
 * Runs the hooks and recordings of one call in the main thread. A replicated activation is sent by one shard and passed to hooks once. A
 * sliced one is joined first, and its replacement is sliced again.
 */
export class CallHooks {
  readonly #runner: HookRunner;
  readonly #onThrow: (error: unknown) => void;
  readonly #pending = new Map<string, PendingActivation>();
  #ended = false;

  /** `onThrow` receives what a hook throws. (The shard receives only a copy, which is not the same object.) */
  constructor(runner: HookRunner, onThrow: (error: unknown) => void) {
    this.#runner = runner;
    this.#onThrow = onThrow;
  }

  /** Handles a shard's report of an activation. Resolves to the replacement of what the shard holds, if any. */
  async handle(activation: ActivationMessage): Promise<Float32Array | undefined> {
    if (this.#ended) throw new WorkerError('ended', 'the call has ended');
    checkActivation(activation);
    const { name, shape, data, placement } = activation;
    if (placement === 'local') return this.#runHooks(name, shape, data!);
    const { slices, replacement } = this.#pendingActivation(name);
    if (placement === 'replicated') {
      if (data) replacement.resolve(this.#runHooks(name, shape, data));
      return replacement.promise;
    }
    slices.push({ slice: placement, data: data! });
    const covered = slices.reduce((sum, { slice }) => sum + slice.to - slice.from, 0);
    if (covered === placement.of) {
      const wholeShape = shape.with(placement.axis, placement.of);
      const whole = joinSlices(slices, wholeShape, placement.axis);
      replacement.resolve(this.#runHooks(name, wholeShape, whole));
    }
    const replaced = await replacement.promise;
    return replaced && takeSlice(replaced, shape, placement);
  }

  /** Ends the call: pending and later reports reject. */
  end(): void {
    this.#ended = true;
    for (const { replacement } of this.#pending.values())
      replacement.reject(new WorkerError('ended', 'the call has ended'));
  }

  #runHooks(name: string, shape: readonly number[], data: Float32Array): Float32Array | undefined {
    try {
      return this.#runner.apply({ name, shape, data });
    } catch (error) {
      this.#onThrow(error);
      throw error;
    }
  }

  #pendingActivation(name: string): PendingActivation {
    let pending = this.#pending.get(name);
    if (!pending) {
      pending = { slices: [], replacement: deferred() };
      pending.replacement.promise.catch(() => {});
      this.#pending.set(name, pending);
    }
    return pending;
  }
}

/** Throws `WorkerError` unless the size of the data, the shape and the placement agree. */
function checkActivation({ name, shape, data, placement }: ActivationMessage): void {
  const isNamedShape =
    typeof name === 'string' &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const hasData = data === undefined ? placement === 'replicated' : isFloat32Array(data);
  if (
    isNamedShape &&
    hasData &&
    (data === undefined || data.length === product(shape)) &&
    isPlacement(placement, shape)
  )
    return;
  throw new WorkerError('invalid-message', 'it reported an activation of invalid form');
}

function isPlacement(placement: unknown, shape: readonly number[]): boolean {
  if (placement === 'local' || placement === 'replicated') return true;
  if (typeof placement !== 'object' || placement === null) return false;
  const { axis = -1, from = -1, to = -1, of = -1 } = placement as Partial<ShardSlice>;
  return 0 <= from && from <= to && to <= of && shape[axis] === to - from;
}
