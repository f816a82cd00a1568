import { HeadwiseError } from '../../errors.ts';
import type {
  ActivationName,
  AttentionOptions,
  Backend,
  LinearOptions,
  LinearWeights,
  Offsets,
  RotaryOptions,
  SelectedValues,
  Tensor,
  VocabularyPart,
  WeightType,
} from '../backend.ts';
import * as check from '../check.ts';
import { checkConcat, checkReshape, checkWindows } from '../check-views.ts';
import type { WeightWriter } from '../weight-writer.ts';
import { attention, attentionContext, attentionScores, softmax } from './attention.ts';
import { collectRows } from './collect-rows.ts';
import { activationFunctions } from './functions.ts';
import { quantizeWeight } from './quantize.ts';
import { gruGates, lstmGates } from './recurrent.ts';
import { rotary } from './rotary.ts';
import { asReferenceLinear, asReferenceTensor, ReferenceLinear, ReferenceTensor } from './tensor.ts';
import * as vector from './vector.ts';

/**
 * All operations by their definitions, in plain TypeScript with float64 results. Slow; the tests compare the other backends with
 * it.
 */
export class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly #weights = new Map<Tensor | LinearWeights, number>();

  constant(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('constant', data.length, shape);
    const tensor = new ReferenceTensor(data.slice(), [...shape]);
    this.#weights.set(tensor, data.byteLength);
    return tensor;
  }

  linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype: WeightType = 'f32',
  ): LinearWeights {
    check.checkLinearWeights(weight, bias, inFeatures);
    check.checkWeightType('linear', weight, dtype);
    const quantized = quantizeWeight(weight, inFeatures, dtype);
    const linear = new ReferenceLinear(quantized, bias?.slice(), inFeatures, dtype);
    this.#weights.set(linear, weight.byteLength + (bias?.byteLength ?? 0));
    return linear;
  }

  embeddingTable(data: Float32Array, width: number, dtype: WeightType = 'f32'): Tensor {
    const { rows } = check.checkEmbeddingTable(data.length, width);
    check.checkWeightType('embeddingTable', data, dtype);
    return this.constant(quantizeWeight(data, width, dtype === 'q4' ? 'q8' : dtype), [rows, width]);
  }

  linearWriter(outFeatures: number, inFeatures: number, dtype: WeightType): WeightWriter<LinearWeights> {
    return collectRows(outFeatures, inFeatures, (weight, isQuantized, bias) => {
      // Values that were quantised before are not rounded again.
      if (!isQuantized) return this.linearWeights(weight, bias, inFeatures, dtype);
      const linear = new ReferenceLinear(weight, bias?.slice(), inFeatures, dtype);
      this.#weights.set(linear, weight.byteLength + (bias?.byteLength ?? 0));
      return linear;
    });
  }

  tableWriter(rows: number, width: number, dtype: WeightType): WeightWriter<Tensor> {
    return collectRows(rows, width, (data, isQuantized) =>
      isQuantized ? this.constant(data, [rows, width]) : this.embeddingTable(data, width, dtype),
    );
  }

  release(weights: Tensor | LinearWeights): void {
    if (!this.#weights.delete(weights)) {
      throw new HeadwiseError(
        'ERR_RELEASED',
        'reference: release expects a constant or weights that have not been released',
      );
    }
  }

  get weightBytes(): number {
    let sum = 0;
    for (const bytes of this.#weights.values()) sum += bytes;
    return sum;
  }

  /** Does nothing: tensors are garbage-collected. */
  openScope(): () => void {
    return () => {};
  }

  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('tensor', data.length, shape);
    return new ReferenceTensor(Float64Array.from(data), [...shape]);
  }

  zeros(shape: readonly number[]): Tensor {
    check.checkShape('zeros', shape);
    return zeros(shape);
  }

  read(x: Tensor, into?: Float32Array): Float32Array {
    const tensor = asReferenceTensor(x);
    const size = check.sizeOf(tensor.shape);
    const values = into?.length === size ? into : new Float32Array(size);
    forEachValue(tensor, (row, column, value) => {
      values[row * tensor.width + column] = value;
    });
    return values;
  }

  write(x: Tensor, data: Float32Array): void {
    const tensor = asReferenceTensor(x);
    check.checkValues('write', data.length, tensor.shape);
    forEachValue(tensor, (row, column) => tensor.set(row, column, data[row * tensor.width + column]!));
  }

  assign(to: Tensor, x: Tensor): void {
    check.checkSameShape('assign', to, x);
    // Reads all values before writing, since the tensors may overlap.
    this.write(to, this.read(x));
  }

  columns(x: Tensor, from: number, to: number): Tensor {
    const { rows } = check.checkRange('columns', x, from, to);
    const tensor = asReferenceTensor(x);
    return new ReferenceTensor(tensor.data, [rows, to - from], tensor.start + from, tensor.stride);
  }

  rows(x: Tensor, from: number, to: number): Tensor {
    const { features } = check.checkRange('rows', x, from, to);
    const { data, start, stride } = asReferenceTensor(x);
    return new ReferenceTensor(data, [to - from, features], start + from * stride, stride);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    checkReshape(x, shape);
    const out = zeros(shape);
    forEachValue(asReferenceTensor(x), (row, column, value) => {
      out.data[row * asReferenceTensor(x).width + column] = value;
    });
    return out;
  }

  windows(x: Tensor, size: number, step: number): Tensor {
    const out = zeros(checkWindows(x, size, step));
    const input = asReferenceTensor(x);
    forEachValue(out, (row, column) => {
      const from = Math.floor(column / input.width);
      out.set(row, column, input.at(row * step + from, column % input.width));
    });
    return out;
  }

  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor {
    const out = zeros(checkConcat(parts, axis));
    let at = 0;
    for (const part of parts) {
      const [down, right] = axis === 0 ? [at, 0] : [0, at];
      forEachValue(asReferenceTensor(part), (row, column, value) =>
        out.set(down + row, right + column, value),
      );
      at += part.shape[axis] ?? 0;
    }
    return out;
  }

  linear(x: Tensor, weights: LinearWeights, options: LinearOptions = {}): Tensor {
    const { rows } = check.checkLinear(x, weights, options);
    const input = asReferenceTensor(x);
    const { weight, bias, inFeatures, outFeatures } = asReferenceLinear(weights);
    const residual = options.residual && asReferenceTensor(options.residual);
    const activation = activationFunctions[options.activation ?? 'none'];
    const out = zeros([rows, outFeatures]);
    for (let row = 0; row < rows; row++) {
      const at = input.start + row * input.stride;
      for (let column = 0; column < outFeatures; column++) {
        let sum = 0;
        for (let i = 0; i < inFeatures; i++) sum += input.data[at + i]! * weight[column * inFeatures + i]!;
        out.set(row, column, activation(sum + (bias?.[column] ?? 0)) + (residual?.at(row, column) ?? 0));
      }
    }
    return out;
  }

  add(x: Tensor, y: Tensor): Tensor {
    check.checkSameShape('add', x, y);
    const other = asReferenceTensor(y);
    return map(x, (value, row, column) => value + other.at(row, column));
  }

  scale(x: Tensor, factor: number): Tensor {
    check.checkFinite('scale: factor', factor);
    return map(x, (value) => value * factor);
  }

  activate(x: Tensor, activation: ActivationName): Tensor {
    return map(x, activationFunctions[activation]);
  }

  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
    const { rows, features } = check.checkNorm('layerNorm', x, gain, bias);
    const [input, gains, biases] = [asReferenceTensor(x), asReferenceTensor(gain), asReferenceTensor(bias)];
    const out = zeros(x.shape);
    for (let row = 0; row < rows; row++) {
      let mean = 0;
      for (let i = 0; i < features; i++) mean += input.at(row, i) / features;
      let variance = 0;
      for (let i = 0; i < features; i++) variance += (input.at(row, i) - mean) ** 2 / features;
      const deviation = Math.sqrt(variance + epsilon);
      for (let i = 0; i < features; i++) {
        out.set(row, i, ((input.at(row, i) - mean) / deviation) * gains.at(0, i) + biases.at(0, i));
      }
    }
    return out;
  }

  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
    const { rows, features } = check.checkNorm('rmsNorm', x, gain);
    const [input, gains] = [asReferenceTensor(x), asReferenceTensor(gain)];
    const out = zeros(x.shape);
    for (let row = 0; row < rows; row++) {
      let square = 0;
      for (let i = 0; i < features; i++) square += input.at(row, i) ** 2 / features;
      const size = Math.sqrt(square + epsilon);
      for (let i = 0; i < features; i++) out.set(row, i, (input.at(row, i) / size) * gains.at(0, i));
    }
    return out;
  }

  gate(x: Tensor, activation: ActivationName): Tensor {
    const { rows, width } = check.checkGate(x);
    const input = asReferenceTensor(x);
    const f = activationFunctions[activation];
    const out = zeros([rows, width]);
    forEachValue(out, (row, column) => {
      out.set(row, column, f(input.at(row, column)) * input.at(row, width + column));
    });
    return out;
  }

  softmax(x: Tensor): Tensor {
    const input = asReferenceTensor(x);
    const out = zeros(x.shape);
    for (let row = 0; row < input.rows; row++) {
      const scores = new Float64Array(input.width);
      for (let i = 0; i < scores.length; i++) scores[i] = input.at(row, i);
      const weights = softmax(scores);
      for (let i = 0; i < weights.length; i++) out.set(row, i, weights[i]!);
    }
    return out;
  }

  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: VocabularyPart): Tensor {
    const { rows, width, first } = check.checkEmbedding(table, ids, part);
    const from =
      'shape' in table
        ? asReferenceTensor(table)
        : new ReferenceTensor(asReferenceLinear(table).weight, [rows, width]);
    const out = zeros([ids.length, width]);
    for (const [index, id] of ids.entries()) {
      const row = id - first;
      if (row < 0 || row >= rows) continue;
      for (let i = 0; i < width; i++) out.set(index, i, from.at(row, i));
    }
    return out;
  }

  meanPool(x: Tensor, offsets: Offsets): Tensor {
    const { rows, features } = check.checkMatrix('meanPool', 'input', x);
    const { batch } = check.checkOffsets('meanPool', 'sequence', offsets, rows);
    const input = asReferenceTensor(x);
    const out = zeros([batch, features]);
    for (let s = 0; s < batch; s++) {
      const length = offsets[s + 1]! - offsets[s]!;
      for (let i = 0; i < features; i++) {
        let sum = 0;
        for (let row = offsets[s]!; row < offsets[s + 1]!; row++) sum += input.at(row, i);
        out.set(s, i, length === 0 ? 0 : sum / length);
      }
    }
    return out;
  }

  l2Normalize(x: Tensor): Tensor {
    const input = asReferenceTensor(x);
    const lengths = Array.from({ length: input.rows }, (_, row) => {
      let squares = 0;
      for (let i = 0; i < input.width; i++) squares += input.at(row, i) ** 2;
      return Math.max(Math.sqrt(squares), 1e-12);
    });
    return map(x, (value, row) => value / lengths[row]!);
  }

  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
    return attention(q, k, v, options);
  }

  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, headIndices: readonly number[]): Tensor {
    return attentionScores(q, k, options, headIndices);
  }

  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    headIndices: readonly number[],
    context: Tensor,
  ): void {
    attentionContext(weights, v, options, headIndices, context);
  }

  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor {
    return rotary(x, table, positions, options);
  }

  argmax(x: Tensor): number {
    check.checkArgmax(x);
    return vector.argmax(asReferenceTensor(x));
  }

  topK(x: Tensor, k: number): SelectedValues {
    check.checkTopK(x, k);
    return vector.topK(asReferenceTensor(x), k);
  }

  valuesAtLeast(x: Tensor, threshold: number): SelectedValues {
    check.checkVector('valuesAtLeast', x);
    return vector.valuesAtLeast(asReferenceTensor(x), threshold);
  }

  sumExp(x: Tensor, shift: number, factor = 1): number {
    check.checkSumExp('sumExp', x, shift, factor);
    return vector.sumExp(asReferenceTensor(x), shift, factor);
  }

  searchExp(x: Tensor, shift: number, factor: number, target: number): number {
    check.checkSumExp('searchExp', x, shift, factor);
    return vector.searchExp(asReferenceTensor(x), shift, factor, target);
  }

  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor } {
    return lstmGates(gates, cell);
  }

  gruGates(input: Tensor, hidden: Tensor, state: Tensor): Tensor {
    return gruGates(input, hidden, state);
  }
}

function zeros(shape: readonly number[]): ReferenceTensor {
  return new ReferenceTensor(new Float64Array(check.sizeOf(shape)), [...shape]);
}

function forEachValue(x: ReferenceTensor, visit: (row: number, column: number, value: number) => void): void {
  for (let row = 0; row < x.rows; row++) {
    for (let column = 0; column < x.width; column++) visit(row, column, x.at(row, column));
  }
}

function map(x: Tensor, f: (value: number, row: number, column: number) => number): ReferenceTensor {
  const input = asReferenceTensor(x);
  const out = zeros(x.shape);
  forEachValue(input, (row, column, value) => out.set(row, column, f(value, row, column)));
  return out;
}
