import type { Backend, LinearWeights, SelectedValues, Tensor, WeightType } from '../../backend/backend.ts';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { GradientRules } from '../gradients/rules.ts';
import { GradientView } from '../gradients/view.ts';
import { addLowRank } from '../lora/low-rank.ts';
import { ArrayFloats, type FloatBuffer } from '../memory/float-buffer.ts';
import type { WeightSource } from '../parameters/weight-source.ts';
import type { TrainingSupport } from '../support.ts';
import { type BackwardStep, Tape } from './tape.ts';
import { ownedLinear, ownedTensor, RecordedLinear, RecordedTensor, Storage } from './tensor.ts';

/** The sources of one weight, of a linear layer also of its bias; undefined for constants. */
export interface WeightSources {
  readonly weight: WeightSource | undefined;
  readonly bias: WeightSource | undefined;
  /** The adapters of a linear layer. */
  readonly lowRank?: readonly LowRankSource[];
}

/** The factors of low-rank adapters of one weight: A `[rank, inFeatures]` and B `[outFeatures, rank]`. */
export interface LowRankSource {
  readonly rank: number;
  readonly scale: number;
  readonly dropout: number;
  readonly down: WeightSource;
  readonly up: WeightSource;
}

/** The memory operations of `RecordingBackend`: weights, scopes, views and writes. */
export abstract class RecordingMemory {
  protected readonly wrapped: Backend;
  /** The gradients of the operations. */
  protected readonly rules: GradientRules;
  protected readonly support: TrainingSupport;
  /** The tape while recording. */
  protected tape: Tape | undefined;
  /** Weights made of parameters, with how to pack them again. */
  readonly #packed = new Map<Tensor | LinearWeights, { isTrainable(): boolean; pack(): void }>();
  /** Weights of the wrapped backend to be released when the recording ends. */
  readonly #released: (Tensor | LinearWeights)[] = [];
  /** The sources of weights to be created, while a model is loaded. */
  #sources: WeightSources[] | undefined;

  constructor(wrapped: Backend, support: TrainingSupport) {
    this.wrapped = wrapped;
    this.rules = support.gradients;
    this.support = support;
  }

  get name(): string {
    return this.wrapped.name;
  }

  get weightBytes(): number {
    return this.wrapped.weightBytes;
  }

  /**
   * Runs a forward pass, and the backward pass that `body` starts with `tape.backward`. Activations are kept until `body` has ended, also
   * those of inner scopes. `body` must return plain values.
   */
  record<T>(body: (tape: Tape) => T): T {
    if (this.tape) throw new HeadwiseError('ERR_SCOPE', 'recording: record cannot be called while recording');
    const close = this.wrapped.openScope();
    this.tape = new Tape(this, this.wrapped, this.support.memory);
    try {
      return body(this.tape);
    } finally {
      this.tape.dispose();
      this.tape = undefined;
      close();
      for (const weights of this.#released.splice(0)) this.wrapped.release(weights);
    }
  }

  /** Runs `load`; the weights that it creates have the given sources, in order. @internal */
  async withSources<T>(sources: readonly WeightSources[], load: () => T | Promise<T>): Promise<T> {
    this.#sources = [...sources];
    try {
      return await load();
    } finally {
      this.#sources = undefined;
    }
  }

  /** Whether weights are being created for a `loadParameters`. */
  get isLoading(): boolean {
    return this.#sources !== undefined;
  }

  /** Packs the weights that are made of parameters again: all, or those of trainable parameters. */
  repack(which: 'all' | 'trainable' = 'all'): void {
    for (const weights of this.#packed.values()) {
      if (which === 'all' || weights.isTrainable()) weights.pack();
    }
  }

  constant(data: Float32Array, shape: readonly number[]): Tensor {
    const source = this.#nextSource(data.length)?.weight;
    const tensor = this.#tensor(this.wrapped.constant(data, shape), source);
    if (source) this.#repackConstant(tensor, source);
    return tensor;
  }

  linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype: WeightType = 'f32',
  ): LinearWeights {
    requireF32(dtype);
    const sources = this.#nextSource(weight.length);
    const packed = this.wrapped.linearWeights(weight, bias, inFeatures);
    const [from, biasFrom] = [sources?.weight, sources?.bias];
    const linear = new RecordedLinear(
      this,
      packed,
      new Storage(weight.length, from),
      bias && new Storage(bias.length, biasFrom),
      from?.values ?? this.#constantValues(weight),
    );
    linear.lowRank = (sources?.lowRank ?? []).map(({ rank, scale, dropout, down, up }) => ({
      scale,
      dropout,
      down: this.#linearFrom(down, inFeatures),
      up: this.#linearFrom(up, rank),
    }));
    if (from || biasFrom || linear.lowRank.length > 0) {
      const biases = biasFrom?.values ?? (bias && new ArrayFloats(bias.slice()));
      this.#keepPacked(linear, from, biasFrom, biases);
    }
    return linear;
  }

  /** A linear layer without bias whose weight is made of parameters. */
  #linearFrom(source: WeightSource, inFeatures: number): RecordedLinear {
    const values = source.values.data as Float32Array;
    const packed = this.wrapped.linearWeights(values.slice(), undefined, inFeatures);
    const linear = new RecordedLinear(
      this,
      packed,
      new Storage(values.length, source),
      undefined,
      source.values,
    );
    this.#keepPacked(linear, source, undefined, undefined);
    return linear;
  }

  #keepPacked(
    linear: RecordedLinear,
    from: WeightSource | undefined,
    biasFrom: WeightSource | undefined,
    biases: FloatBuffer | undefined,
  ): void {
    const packValues = (values: FloatBuffer) => {
      linear.packed = this.support.packLinear(this.wrapped, linear.packed, values, biases);
    };
    this.#packed.set(linear, {
      isTrainable: () => from?.isTrainable() || biasFrom?.isTrainable() || false,
      pack: () => {
        from?.gather();
        biasFrom?.gather();
        if (linear.isMerged) this.#withMerged(linear, packValues);
        else packValues(linear.values);
      },
    });
  }

  /** Adds the low-rank adapters to the packed weights, or takes them out again. While added, they are not computed with. @internal */
  mergeLowRank(isMerged: boolean): void {
    for (const [linear, { pack }] of this.#packed) {
      if (!(linear instanceof RecordedLinear) || linear.lowRank.length === 0) continue;
      linear.isMerged = isMerged;
      pack();
    }
  }

  /** Calls `use` with values + scale · up · down. */
  #withMerged(
    { values, lowRank, inFeatures, outFeatures }: RecordedLinear,
    use: (sum: FloatBuffer) => void,
  ): void {
    const { memory } = this.support;
    const sum = memory.allocate(values.size);
    const data = sum.data as Float32Array;
    data.set(values.data);
    for (const { down, up, scale } of lowRank) {
      const rank = down.outFeatures;
      const a = { data: down.values.data as Float32Array, shape: [rank, inFeatures] };
      const b = { data: up.values.data as Float32Array, shape: [outFeatures, rank] };
      addLowRank(data, { a, b, scale }, { rows: outFeatures, columns: inFeatures, isTransposed: false });
    }
    use(sum);
    memory.release(sum);
  }

  embeddingTable(data: Float32Array, width: number, dtype: WeightType = 'f32'): Tensor {
    requireF32(dtype);
    const source = this.#nextSource(data.length)?.weight;
    const tensor = this.#tensor(this.wrapped.embeddingTable(data, width), source);
    // A table in f32 is a constant.
    if (source) this.#repackConstant(tensor, source);
    return tensor;
  }

  #repackConstant(tensor: RecordedTensor, source: WeightSource): void {
    this.#packed.set(tensor, {
      isTrainable: () => source.isTrainable(),
      pack: () => {
        source.gather();
        this.wrapped.write(tensor.value, source.values.data as Float32Array);
      },
    });
  }

  /** Values that are not those of parameters, for the gradients of inputs. */
  #constantValues(values: Float32Array): FloatBuffer {
    const buffer = this.support.memory.allocate(values.length);
    buffer.data.set(values);
    return buffer;
  }

  /** While recording, weights are freed at the end: gradients may need them. */
  release(weights: Tensor | LinearWeights): void {
    const own = 'shape' in weights ? ownedTensor(this, weights).value : ownedLinear(this, weights).packed;
    this.#packed.delete(weights);
    if (weights instanceof RecordedLinear) {
      for (const { down, up } of weights.lowRank) {
        this.release(down);
        this.release(up);
      }
      if (!weights.weight.source) this.support.memory.release(weights.values);
      weights.weight.source?.dispose();
      weights.bias?.source?.dispose();
    } else ownedTensor(this, weights as Tensor).storage.source?.dispose();
    if (this.tape) this.#released.push(own);
    else this.wrapped.release(own);
  }

  /** While recording, scopes do not free: gradients need the activations. */
  openScope(): () => void {
    return this.tape ? () => {} : this.wrapped.openScope();
  }

  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    return this.#tensor(this.wrapped.tensor(data, shape));
  }

  zeros(shape: readonly number[]): Tensor {
    return this.#tensor(this.wrapped.zeros(shape));
  }

  read(x: Tensor, into?: Float32Array): Float32Array {
    return this.wrapped.read(ownedTensor(this, x).value, into);
  }

  argmax(x: Tensor): number {
    return this.wrapped.argmax(ownedTensor(this, x).value);
  }

  topK(x: Tensor, k: number): SelectedValues {
    return this.wrapped.topK(ownedTensor(this, x).value, k);
  }

  valuesAtLeast(x: Tensor, threshold: number): SelectedValues {
    return this.wrapped.valuesAtLeast(ownedTensor(this, x).value, threshold);
  }

  sumExp(x: Tensor, shift: number, factor?: number): number {
    return this.wrapped.sumExp(ownedTensor(this, x).value, shift, factor);
  }

  searchExp(x: Tensor, shift: number, factor: number, target: number): number {
    return this.wrapped.searchExp(ownedTensor(this, x).value, shift, factor, target);
  }

  write(x: Tensor, data: Float32Array): void {
    const target = ownedTensor(this, x);
    const { tape } = this;
    tape?.beforeWrite(target.storage);
    this.wrapped.write(target.value, data);
    if (tape?.isActive(target.storage)) {
      tape.push(() => this.rules.move(target.viewOf(tape.gradient(target.storage)), undefined));
    }
  }

  assign(to: Tensor, x: Tensor): void {
    const [target, source] = [ownedTensor(this, to), ownedTensor(this, x)];
    const { tape } = this;
    tape?.beforeWrite(target.storage);
    this.wrapped.assign(target.value, source.value);
    if (!tape) return;
    if (tape.isActive(source.storage)) tape.activate(target.storage);
    if (!tape.isActive(target.storage)) return;
    tape.push(() => {
      this.rules.move(target.viewOf(tape.gradient(target.storage)), tape.target(source));
    });
  }

  columns(x: Tensor, from: number, to: number): Tensor {
    const tensor = ownedTensor(this, x);
    const value = this.wrapped.columns(tensor.value, from, to);
    return new RecordedTensor(this, value, tensor.storage, tensor.start + from, tensor.stride);
  }

  rows(x: Tensor, from: number, to: number): Tensor {
    const tensor = ownedTensor(this, x);
    const value = this.wrapped.rows(tensor.value, from, to);
    const start = tensor.start + from * tensor.stride;
    return new RecordedTensor(this, value, tensor.storage, start, tensor.stride);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    const tensor = ownedTensor(this, x);
    const value = this.wrapped.reshape(tensor.value, shape);
    // Neither may be written to afterwards, so that they can share the gradient even where the backend copies.
    if (tensor.isContiguous) return new RecordedTensor(this, value, tensor.storage, tensor.start);
    const y = this.#tensor(value);
    const { rows, width } = tensor;
    this.recordStep([tensor.storage], [y], (tape) => () => {
      const dx = tape.target(tensor);
      if (dx) this.rules.add(new GradientView(tape.gradient(y.storage), 0, width, rows, width), dx, 1);
    });
    return y;
  }

  windows(x: Tensor, size: number, step: number): Tensor {
    const tensor = ownedTensor(this, x);
    // A copy: gradients of rows that overlap cannot be added to in one matrix.
    const y = this.#tensor(this.wrapped.concat([this.wrapped.windows(tensor.value, size, step)], 0));
    this.recordStep([tensor.storage], [y], (tape) => () => {
      const dx = tape.target(tensor);
      if (!dx) return;
      const [gradient, { width, rows }] = [tape.gradient(y.storage), y];
      for (let i = 0; i < size; i++) {
        // The rows that are the i-th of a window.
        const to = new GradientView(dx.buffer, dx.start + i * dx.stride, step * dx.stride, rows, dx.width);
        this.rules.add(new GradientView(gradient, i * dx.width, width, rows, dx.width), to, 1);
      }
    });
    return y;
  }

  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor {
    const tensors = parts.map((part) => ownedTensor(this, part));
    const value = this.wrapped.concat(
      tensors.map((part) => part.value),
      axis,
    );
    const y = this.#tensor(value);
    this.recordStep(
      tensors.map(({ storage }) => storage),
      [y],
      (tape) => () => {
        const gradient = tape.gradient(y.storage);
        let start = 0;
        for (const part of tensors) {
          const { rows, width } = part;
          const dx = tape.target(part);
          if (dx) this.rules.add(new GradientView(gradient, start, y.width, rows, width), dx, 1);
          start += axis === 0 ? rows * y.width : width;
        }
      },
    );
    return y;
  }

  /** A new tensor. */
  protected wrap(value: Tensor): RecordedTensor {
    return this.#tensor(value);
  }

  /**
   * Records the gradient of an operation if an input depends on a parameter. `prepare` runs at once, to save values, and returns the step of
   * the backward pass.
   */
  protected recordStep(
    inputs: readonly (Storage | undefined)[],
    outputs: readonly RecordedTensor[],
    prepare: (tape: Tape) => BackwardStep,
  ): void {
    const { tape } = this;
    if (!tape || !inputs.some((input) => input && tape.isActive(input))) return;
    for (const output of outputs) tape.activate(output.storage);
    tape.push(prepare(tape));
  }

  #tensor(value: Tensor, source?: WeightSource): RecordedTensor {
    const size = value.shape.reduce((product, length) => product * length, 1);
    return new RecordedTensor(this, value, new Storage(size, source));
  }

  #nextSource(size: number): WeightSources | undefined {
    const sources = this.#sources?.shift();
    const expected = sources?.weight?.size ?? size;
    if (expected !== size) {
      throw new ConfigError(
        `parameters: load must create the same weights in both calls, got ${size} values instead of ${expected}`,
      );
    }
    return sources;
  }
}

function requireF32(dtype: WeightType): void {
  if (dtype !== 'f32') throw new ConfigError(`recording: weights must be f32 for training, got ${dtype}`);
}
