import type { Activation, Held, Part, Watch } from '@headwise/core';

interface Gathering {
  readonly parts: { part: Part; shape: readonly number[]; data: Float32Array }[];
  readonly whole: Promise<Float32Array | undefined>;
  settle(whole: () => Float32Array | undefined): void;
}

/**
 * The hooks of one call. They run here, in the thread that they were written in; the shards send the activations that are watched.
 * One that every shard has is shown once; one that shards have parts of is put together first, and what replaces it is taken
 * apart again.
 */
export class HookTable {
  readonly watch: Watch;
  readonly #everywhere = new Map<string, Float32Array | undefined>();
  readonly #gathering = new Map<string, Gathering>();
  /** What a hook threw. Over the wire it would lose its identity. */
  failure: unknown;

  constructor(watch: Watch) {
    this.watch = watch;
  }

  /** Answers a shard with what replaces the activation, or its part, that it sent. */
  async show(
    name: string,
    shape: readonly number[],
    data: Float32Array,
    held: Held,
  ): Promise<Float32Array | undefined> {
    if (held === 'here') return this.#show({ name, shape, data });
    if (held === 'everywhere') {
      if (!this.#everywhere.has(name)) this.#everywhere.set(name, this.#show({ name, shape, data }));
      return this.#everywhere.get(name);
    }
    const replaced = await this.#gather(name, shape, data, held);
    return replaced && takePart(replaced, shape, held);
  }

  #show(activation: Activation): Float32Array | undefined {
    try {
      return this.watch.show(activation);
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  #gather(
    name: string,
    shape: readonly number[],
    data: Float32Array,
    part: Part,
  ): Promise<Float32Array | undefined> {
    let gathering = this.#gathering.get(name);
    if (!gathering) {
      let settle: Gathering['settle'] = () => {};
      const whole = new Promise<Float32Array | undefined>((resolve, reject) => {
        settle = (make) => {
          try {
            resolve(make());
          } catch (error) {
            reject(error);
          }
        };
      });
      gathering = { parts: [], whole, settle };
      this.#gathering.set(name, gathering);
    }
    const { parts, settle, whole } = gathering;
    parts.push({ part, shape, data });
    const covered = parts.reduce((sum, { part }) => sum + part.to - part.from, 0);
    if (covered === part.of) {
      const wholeShape = shape.with(part.axis, part.of);
      settle(() => this.#show({ name, shape: wholeShape, data: joinParts(parts, wholeShape, part.axis) }));
    }
    return whole;
  }
}

function joinParts(
  parts: readonly { part: Part; data: Float32Array }[],
  shape: readonly number[],
  axis: number,
): Float32Array {
  const whole = new Float32Array(product(shape));
  const inner = product(shape.slice(axis + 1));
  for (const { part, data } of parts) {
    const length = (part.to - part.from) * inner;
    for (let i = 0; i * length < data.length; i++) {
      whole.set(data.subarray(i * length, (i + 1) * length), (i * part.of + part.from) * inner);
    }
  }
  return whole;
}

function takePart(whole: Float32Array, shape: readonly number[], part: Part): Float32Array {
  const inner = product(shape.slice(part.axis + 1));
  const length = (part.to - part.from) * inner;
  const data = new Float32Array(product(shape));
  for (let i = 0; i * length < data.length; i++) {
    const start = (i * part.of + part.from) * inner;
    data.set(whole.subarray(start, start + length), i * length);
  }
  return data;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
