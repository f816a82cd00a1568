import { activationCodes, type Kernel } from '@headwise/kernel';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import type {
  ActivationName,
  AttentionOptions,
  Backend,
  LinearOptions,
  LinearWeights,
  Offsets,
  RotaryOptions,
  Tensor,
  WeightType,
} from '../backend.ts';
import * as check from '../check.ts';
import { checkAttention, checkContext, checkOnly, checkValuesOf } from '../check-attention.ts';
import { checkGruGates, checkLstmGates } from '../check-recurrent.ts';
import { checkRotary } from '../check-rotary.ts';
import { checkConcat, checkReshape, checkRows } from '../check-views.ts';
import { attention, attentionContext, attentionScores } from './attention.ts';
import { copyRows, overlapping } from './copy.ts';
import { embedding } from './embedding.ts';
import { linearFormats } from './formats.ts';
import { rotary } from './rotary.ts';
import { own, type Scope, WasmTensor } from './tensor.ts';
import { ownWeights, packLinear, packTable, WasmLinear, WasmTable, type WasmWeights } from './weights.ts';

/**
 * The kernel behind the {@link Backend} interface: checks shapes, keeps track of memory, and passes pointers.
 * Activations lie on the kernel's stack, weights in blocks of their own.
 */
export class WasmBackend implements Backend {
  readonly name: 'wasm-simd' | 'wasm-relaxed-simd';
  readonly #kernel: Kernel;
  readonly #constants = new Map<WasmTensor, Scope>();
  readonly #scopes: Scope[] = [];
  #weightBytes = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.name = `wasm-${kernel.build}`;
  }

  // Memory -----------------------------------------------------------------------------------------------------------

  constant(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('constant', data.length, shape);
    const { memory } = this.#kernel;
    const address = memory.allocate(data.byteLength);
    memory.f32(address, data.length).set(data);
    const scope: Scope = { owner: this, open: true };
    const tensor = new WasmTensor(address, [...shape], scope);
    this.#constants.set(tensor, scope);
    this.#weightBytes += data.byteLength;
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
    return this.#keep(packLinear(this, this.#kernel, weight, bias, inFeatures, dtype));
  }

  embeddingTable(data: Float32Array, width: number, dtype: WeightType = 'f32'): Tensor {
    const { rows } = check.checkTable(data.length, width);
    check.checkWeightType('embeddingTable', data, dtype);
    if (dtype === 'f32') return this.constant(data, [rows, width]);
    return this.#keep(packTable(this, this.#kernel, data, width, dtype === 'f16' ? 16 : 8));
  }

  release(weights: Tensor | LinearWeights): void {
    const { memory } = this.#kernel;
    if (weights instanceof WasmTensor) {
      if (weights.scope.owner !== this) throw new ConfigError('wasm: this tensor belongs to another backend');
      const scope = this.#constants.get(weights);
      if (!scope)
        throw new HeadwiseError('ERR_RELEASED', 'wasm: only a constant that is not yet released can be');
      this.#constants.delete(weights);
      scope.open = false;
      memory.free(weights.address);
      this.#weightBytes -= check.sizeOf(weights.shape) * 4;
      return;
    }
    const packed =
      weights instanceof WasmTable
        ? ownWeights(this, weights, WasmTable)
        : ownWeights(this, weights, WasmLinear);
    packed.released = true;
    for (const block of packed.blocks) memory.free(block);
    this.#weightBytes -= packed.bytes;
  }

  get weightBytes(): number {
    return this.#weightBytes;
  }

  /** Bytes of linear memory, used or not. */
  get memoryBytes(): number {
    return this.#kernel.memory.byteLength;
  }

  openScope(): () => void {
    const mark = this.#kernel.stack.mark();
    const scope: Scope = { owner: this, open: true };
    this.#scopes.push(scope);
    return () => {
      if (this.#scopes.at(-1) !== scope) {
        throw new HeadwiseError(
          'ERR_SCOPE',
          'wasm: scopes must close in the reverse of the order in which they opened',
        );
      }
      this.#scopes.pop();
      scope.open = false;
      this.#kernel.stack.release(mark);
    };
  }

  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    check.checkValues('tensor', data.length, shape);
    const tensor = this.#make(shape);
    this.#kernel.memory.f32(tensor.address, data.length).set(data);
    return tensor;
  }

  zeros(shape: readonly number[]): Tensor {
    check.checkShape('zeros', shape);
    const tensor = this.#make(shape);
    this.#kernel.memory.f32(tensor.address, check.sizeOf(shape)).fill(0);
    return tensor;
  }

  read(x: Tensor, into?: Float32Array): Float32Array {
    const tensor = own(this, x);
    const { memory } = this.#kernel;
    const size = check.sizeOf(tensor.shape);
    const values = into?.length === size ? into : new Float32Array(size);
    if (tensor.dense) {
      values.set(memory.f32(tensor.address, size));
      return values;
    }
    for (let row = 0; row < tensor.rows; row++) {
      values.set(memory.f32(tensor.address + row * tensor.stride * 4, tensor.width), row * tensor.width);
    }
    return values;
  }

  write(x: Tensor, data: Float32Array): void {
    const tensor = own(this, x);
    check.checkValues('write', data.length, tensor.shape);
    for (let row = 0; row < tensor.rows; row++) {
      const values = data.subarray(row * tensor.width, (row + 1) * tensor.width);
      this.#kernel.memory.f32(tensor.address + row * tensor.stride * 4, tensor.width).set(values);
    }
  }

  assign(to: Tensor, x: Tensor): void {
    check.checkSame('assign', to, x);
    const [target, from] = [own(this, to), own(this, x)];
    const { memory, stack } = this.#kernel;
    if (target.dense && from.dense) {
      // One piece: what overlaps is copied as if by way of another place.
      copyRows(memory, from, target.address, target.stride);
      return;
    }
    const mark = stack.mark();
    try {
      copyRows(memory, overlapping(from, target) ? this.#copyOf(from) : from, target.address, target.stride);
    } finally {
      stack.release(mark);
    }
  }

  columns(x: Tensor, from: number, to: number): Tensor {
    const { rows } = check.checkColumns(x, from, to);
    const tensor = own(this, x);
    return new WasmTensor(tensor.address + from * 4, [rows, to - from], tensor.scope, tensor.stride);
  }

  rows(x: Tensor, from: number, to: number): Tensor {
    const { features } = checkRows(x, from, to);
    const tensor = own(this, x);
    const address = tensor.address + from * tensor.stride * 4;
    return new WasmTensor(address, [to - from, features], tensor.scope, tensor.stride);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    checkReshape(x, shape);
    const tensor = this.#dense(x);
    return new WasmTensor(tensor.address, [...shape], tensor.scope);
  }

  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor {
    const out = this.#make(checkConcat(parts, axis));
    let address = out.address;
    for (const part of parts) {
      const from = own(this, part);
      copyRows(this.#kernel.memory, from, address, out.stride);
      address += (axis === 0 ? from.rows * out.stride : from.width) * 4;
    }
    return out;
  }

  // Operations -------------------------------------------------------------------------------------------------------

  linear(x: Tensor, weights: LinearWeights, options: LinearOptions = {}): Tensor {
    const { rows } = check.checkLinear(x, weights, options);
    const input = own(this, x);
    const { packed, bias, inFeatures, outFeatures, dtype } = ownWeights(this, weights, WasmLinear);
    const residual = options.residual && own(this, options.residual);
    const out = this.#make([rows, outFeatures]);
    const format = linearFormats[dtype];
    const { stack, exports } = this.#kernel;
    const mark = stack.mark();
    format.multiply(
      exports,
      [
        input.address,
        input.stride,
        packed,
        out.address,
        out.stride,
        rows,
        inFeatures,
        outFeatures,
        bias,
        activationCodes[options.activation ?? 'none'],
        residual?.address ?? 0,
        residual?.stride ?? 0,
      ],
      stack.push(format.scratch(exports, inFeatures)),
    );
    stack.release(mark);
    return out;
  }

  add(x: Tensor, y: Tensor): Tensor {
    check.checkSame('add', x, y);
    const [a, b] = [this.#dense(x), this.#dense(y)];
    const out = this.#make(x.shape);
    this.#kernel.exports.add(a.address, b.address, out.address, check.sizeOf(x.shape));
    return out;
  }

  scale(x: Tensor, factor: number): Tensor {
    check.checkFactor('scale', factor);
    const input = this.#dense(x);
    const out = this.#make(x.shape);
    this.#kernel.exports.scale(input.address, out.address, check.sizeOf(x.shape), factor);
    return out;
  }

  activate(x: Tensor, activation: ActivationName): Tensor {
    const input = own(this, x);
    if (activation === 'none') return this.#copy(input);
    const out = this.#make(x.shape);
    const { rows, width } = input;
    const code = activationCodes[activation];
    this.#kernel.exports.activate(input.address, input.stride, out.address, width, rows, width, code);
    return out;
  }

  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
    const { rows, features } = check.checkNorm('layerNorm', x, gain, bias);
    const [input, gains, biases] = [own(this, x), own(this, gain), own(this, bias)];
    const out = this.#make(x.shape);
    this.#kernel.exports.layerNorm(
      input.address,
      input.stride,
      gains.address,
      biases.address,
      out.address,
      features,
      rows,
      features,
      epsilon,
    );
    return out;
  }

  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
    const { rows, features } = check.checkNorm('rmsNorm', x, gain);
    const [input, gains] = [own(this, x), own(this, gain)];
    const out = this.#make(x.shape);
    const { exports } = this.#kernel;
    exports.rmsNorm(
      input.address,
      input.stride,
      gains.address,
      out.address,
      features,
      rows,
      features,
      epsilon,
    );
    return out;
  }

  gate(x: Tensor, activation: ActivationName): Tensor {
    const { rows, width } = check.checkGate(x);
    const input = own(this, x);
    const out = this.#make([rows, width]);
    const code = activationCodes[activation];
    this.#kernel.exports.gate(input.address, input.stride, out.address, width, rows, width, code);
    return out;
  }

  softmax(x: Tensor): Tensor {
    const input = own(this, x);
    const out = this.#make(x.shape);
    const { rows, width } = input;
    this.#kernel.exports.softmax(input.address, input.stride, out.address, width, rows, width);
    return out;
  }

  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: { first: number; of: number }): Tensor {
    const { rows, width, first } = check.checkEmbedding(table, ids, part);
    const source = this.#table(table);
    const out = this.#make([ids.length, width]);
    embedding(this.#kernel, source, ids, { rows, width, first }, out);
    return out;
  }

  meanPool(x: Tensor, offsets: Offsets): Tensor {
    const { rows, features } = check.checkMatrix('meanPool', 'input', x);
    const { batch } = check.checkOffsets('meanPool', 'sequence', offsets, rows);
    const input = own(this, x);
    const out = this.#make([batch, features]);
    for (let s = 0; s < batch; s++) {
      const from = offsets[s]!;
      this.#kernel.exports.meanRows(
        input.address + from * input.stride * 4,
        input.stride,
        offsets[s + 1]! - from,
        features,
        out.address + s * features * 4,
      );
    }
    return out;
  }

  l2Normalize(x: Tensor): Tensor {
    const input = this.#dense(x);
    const out = this.#make(x.shape);
    this.#kernel.exports.l2Normalize(input.address, out.address, input.rows, input.width, 1e-12);
    return out;
  }

  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
    const scores = checkAttention(q, k, options);
    const values = checkValuesOf(v, scores.keyValueHeads, options, scores.batch);
    const sizes = { ...scores, ...values };
    const out = this.#make([sizes.queries, sizes.heads * sizes.valueDim]);
    const operands = [own(this, q), own(this, k), own(this, v)] as const;
    attention(this.#kernel, operands, this.#bias(options), sizes, out);
    return out;
  }

  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, only: readonly number[]): Tensor {
    const sizes = checkAttention(q, k, options);
    checkOnly(sizes.heads, only);
    const out = this.#make([sizes.batch, only.length, sizes.longestQuery, sizes.longestKey]);
    attentionScores(this.#kernel, [own(this, q), own(this, k)], this.#bias(options), sizes, only, out);
    return out;
  }

  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    only: readonly number[],
    context: Tensor,
  ): void {
    const sizes = checkContext(weights, v, options, only, context);
    const operands = [this.#dense(weights), own(this, v)] as const;
    attentionContext(this.#kernel, operands, options.queryOffsets, sizes, only, own(this, context));
  }

  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor {
    const sizes = checkRotary(x, table, positions, options);
    const out = this.#make(x.shape);
    rotary(this.#kernel, own(this, x), this.#dense(table), positions, options, sizes, out);
    return out;
  }

  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor } {
    const { rows, hiddenSize } = checkLstmGates(gates, cell);
    const [all, before] = [own(this, gates), own(this, cell)];
    const [hidden, after] = [this.#make(cell.shape), this.#make(cell.shape)];
    this.#kernel.exports.lstmGates(
      all.address,
      all.stride,
      before.address,
      before.stride,
      hidden.address,
      after.address,
      rows,
      hiddenSize,
    );
    return { hidden, cell: after };
  }

  gruGates(input: Tensor, hidden: Tensor, state: Tensor): Tensor {
    const { rows, hiddenSize } = checkGruGates(input, hidden, state);
    const [x, h, before] = [own(this, input), own(this, hidden), own(this, state)];
    const out = this.#make(state.shape);
    this.#kernel.exports.gruGates(
      x.address,
      x.stride,
      h.address,
      h.stride,
      before.address,
      before.stride,
      out.address,
      rows,
      hiddenSize,
    );
    return out;
  }

  // ------------------------------------------------------------------------------------------------------------------

  #keep<W extends WasmWeights>(weights: W): W {
    this.#weightBytes += weights.bytes;
    return weights;
  }

  #make(shape: readonly number[]): WasmTensor {
    const scope = this.#scopes.at(-1);
    if (!scope)
      throw new HeadwiseError('ERR_SCOPE', 'wasm: an activation needs an open scope (withScope) to live in');
    return new WasmTensor(this.#kernel.stack.push(check.sizeOf(shape) * 4), [...shape], scope);
  }

  #copy(x: WasmTensor): WasmTensor {
    const out = this.#make(x.shape);
    copyRows(this.#kernel.memory, x, out.address, out.stride);
    return out;
  }

  /** The tensor itself if its values lie one after another, else a copy for which they do. */
  #dense(x: Tensor): WasmTensor {
    const tensor = own(this, x);
    return tensor.dense ? tensor : this.#copy(tensor);
  }

  /** A copy at the top of the stack, which belongs to no scope. */
  #copyOf(x: WasmTensor): WasmTensor {
    const address = this.#kernel.stack.push(check.sizeOf(x.shape) * 4);
    copyRows(this.#kernel.memory, x, address, x.width);
    return new WasmTensor(address, x.shape, x.scope);
  }

  #table(table: Tensor | LinearWeights): WasmTensor | WasmTable | WasmLinear {
    if (table instanceof WasmTable) return ownWeights(this, table, WasmTable);
    return 'shape' in table ? this.#dense(table) : ownWeights(this, table, WasmLinear);
  }

  #bias({ bias }: AttentionOptions): WasmTensor | undefined {
    return bias && own(this, bias);
  }
}
