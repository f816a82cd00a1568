/** The used part of onnxruntime-web's interface. */
export interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (
    type: 'int64' | 'float32',
    data: BigInt64Array | Float32Array,
    dims: readonly number[],
  ) => Value;
}

interface Value {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, Value>>): Promise<Readonly<Record<string, Value>>>;
}

/** A decoder in transformers.js's export format: cache inputs `past_key_values.N.key`, outputs `present.N.key`. */
export class OrtDecoder {
  readonly #runtime: Runtime;
  readonly #session: Session;
  readonly #shape: { readonly heads: number; readonly headDim: number };
  #past: Readonly<Record<string, Value>> = {};
  #length = 0;

  private constructor(runtime: Runtime, session: Session, shape: { heads: number; headDim: number }) {
    this.#runtime = runtime;
    this.#session = session;
    this.#shape = shape;
  }

  /** @param shape `heads` is the number of key and value heads */
  static async open(
    runtime: Runtime,
    model: Uint8Array,
    shape: { heads: number; headDim: number },
  ): Promise<OrtDecoder> {
    return new OrtDecoder(runtime, await runtime.InferenceSession.create(model), shape);
  }

  /** Clears the cache. */
  reset(): void {
    this.#past = {};
    this.#length = 0;
  }

  /** Appends tokens to the cache. Returns the logits after the last one. */
  async read(ids: readonly number[]): Promise<Float32Array> {
    const total = this.#length + ids.length;
    const integers = (values: readonly number[]) =>
      new this.#runtime.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
    const feeds: Record<string, Value> = {
      input_ids: integers(ids),
      attention_mask: integers(new Array(total).fill(1)),
      position_ids: integers(ids.map((_, i) => this.#length + i)),
    };
    const { heads, headDim } = this.#shape;
    for (const name of this.#session.inputNames) {
      if (!name.startsWith('past_key_values.')) continue;
      const present = this.#past[name.replace('past_key_values', 'present')];
      feeds[name] =
        present ?? new this.#runtime.Tensor('float32', new Float32Array(0), [1, heads, 0, headDim]);
    }
    const outputs = await this.#session.run(feeds);
    this.#past = outputs;
    this.#length = total;
    const logits = outputs.logits!;
    const width = logits.dims.at(-1)!;
    return Float32Array.from(logits.data).slice(-width);
  }

  /** Appends tokens one per call. Returns the logits after each. */
  async readEach(ids: readonly number[]): Promise<Float32Array[]> {
    const logits: Float32Array[] = [];
    for (const id of ids) logits.push(await this.read([id]));
    return logits;
  }
}
