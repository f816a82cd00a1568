import type { HookRunner, ShardSlice } from '@headwise/core';
import { type Deferred, deferred } from '../deferred.ts';
import { WorkerError } from '../errors.ts';
import { product } from '../product.ts';
import type { ShownActivation } from '../protocol.ts';
import { joinSlices, type SliceData, takeSlice } from './slices.ts';

/** An activation that shards show together: what each has sent so far, and what all are waiting for. */
interface Gathering {
  readonly parts: SliceData[];
  readonly replaced: Deferred<Float32Array | undefined>;
}

/**
 * The hooks of one call. They run here, in the thread that they were written in; the shards send the activations that are watched.
 * One that every shard has is sent by one and shown once; one that shards have parts of is put together first, and what
 * replaces it is taken apart again.
 */
export class HookTable {
  readonly #watch: HookRunner;
  readonly #onThrow: (error: unknown) => void;
  readonly #gathering = new Map<string, Gathering>();
  #ended = false;

  /** `onThrow` is told what a hook throws: over the wire it would lose its identity. */
  constructor(watch: HookRunner, onThrow: (error: unknown) => void) {
    this.#watch = watch;
    this.#onThrow = onThrow;
  }

  /** Answers a shard with what replaces the activation, or its part, that it shows. */
  async show(activation: ShownActivation): Promise<Float32Array | undefined> {
    if (this.#ended) throw new WorkerError('ended', 'this call has ended');
    checkActivation(activation);
    const { name, shape, data, held } = activation;
    if (held === 'local') return this.#show(name, shape, data!);
    const gathering = this.#gatheringOf(name);
    const { parts, replaced } = gathering;
    if (held === 'replicated') {
      if (data) replaced.resolve(this.#show(name, shape, data));
      return replaced.promise;
    }
    parts.push({ part: held, data: data! });
    const covered = parts.reduce((sum, { part }) => sum + part.to - part.from, 0);
    if (covered === held.of) {
      const whole = shape.with(held.axis, held.of);
      replaced.resolve(this.#show(name, whole, joinSlices(parts, whole, held.axis)));
    }
    const values = await replaced.promise;
    return values && takeSlice(values, shape, held);
  }

  /** Lets nobody wait any longer, and shows nothing more. */
  end(): void {
    this.#ended = true;
    for (const { replaced } of this.#gathering.values())
      replaced.reject(new WorkerError('ended', 'this call has ended'));
  }

  #show(name: string, shape: readonly number[], data: Float32Array): Float32Array | undefined {
    try {
      return this.#watch.apply({ name, shape, data });
    } catch (error) {
      this.#onThrow(error);
      throw error;
    }
  }

  #gatheringOf(name: string): Gathering {
    let gathering = this.#gathering.get(name);
    if (!gathering) {
      gathering = { parts: [], replaced: deferred() };
      gathering.replaced.promise.catch(() => {});
      this.#gathering.set(name, gathering);
    }
    return gathering;
  }
}

/** Throws unless the values are as many as the shape says, and the part is one of it. */
function checkActivation({ name, shape, data, held }: ShownActivation): void {
  const sizes =
    typeof name === 'string' &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const values = data === undefined ? held === 'replicated' : data instanceof Float32Array;
  if (sizes && values && (data === undefined || data.length === product(shape)) && isHeld(held, shape))
    return;
  throw new WorkerError('rubbish', 'a worker showed what is no activation');
}

function isHeld(held: unknown, shape: readonly number[]): boolean {
  if (held === 'local' || held === 'replicated') return true;
  if (typeof held !== 'object' || held === null) return false;
  const { axis = -1, from = -1, to = -1, of = -1 } = held as Partial<ShardSlice>;
  return 0 <= from && from <= to && to <= of && shape[axis] === to - from;
}
