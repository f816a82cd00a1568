import { activationCodes, type Kernel } from '@headwise/kernel';
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
} from '../backend.ts';
import * as check from '../check.ts';
import { checkAttention, checkContext, checkHeadIndices, checkValueHeads } from '../check-attention.ts';
import { checkGruGates, checkLstmGates } from '../check-recurrent.ts';
import { checkRotary } from '../check-rotary.ts';
import { attention, attentionContext, attentionScores } from './attention.ts';
import { requireExtendedFunctions } from './extended.ts';
import { WasmMemory } from './memory.ts';
import { rotary } from './rotary.ts';
import { ownedTensor, type WasmTensor } from './tensor.ts';
import * as vector from './vector.ts';
import { embedding, ownedWeights, WasmLinear, WasmTable } from './weights.ts';

/** Implements {@link Backend} with the WebAssembly kernel: checks arguments and calls the kernel with their addresses. */
export class WasmBackend extends WasmMemory implements Backend {
  readonly name: 'wasm-simd' | 'wasm-relaxed-simd';

  constructor(kernel: Kernel) {
    super(kernel);
    this.name = `wasm-${kernel.build}`;
  }

  linear(x: Tensor, weights: LinearWeights, options: LinearOptions = {}): Tensor {
    const { rows } = check.checkLinear(x, weights, options);
    const input = ownedTensor(this, x);
    const layer = ownedWeights(this, weights, WasmLinear);
    const residual = options.residual && ownedTensor(this, options.residual);
    const { inFeatures, outFeatures, format } = layer;
    const out = this.allocate([rows, outFeatures]);
    const { stack, exports } = this.kernel;
    const mark = stack.mark();
    const scratchBytes = format.scratch(exports, rows, inFeatures, outFeatures);
    format.multiply(exports)(
      input.address,
      input.stride,
      layer.packed,
      out.address,
      outFeatures,
      rows,
      inFeatures,
      outFeatures,
      layer.bias,
      activationCodes[options.activation ?? 'none'],
      residual?.address ?? 0,
      residual?.stride ?? 0,
      scratchBytes && stack.push(scratchBytes),
    );
    stack.release(mark);
    return out;
  }

  add(x: Tensor, y: Tensor): Tensor {
    check.checkSameShape('add', x, y);
    const [a, b] = [this.contiguous(x), this.contiguous(y)];
    const out = this.allocate(x.shape);
    this.kernel.exports.add(a.address, b.address, out.address, check.sizeOf(x.shape));
    return out;
  }

  scale(x: Tensor, factor: number): Tensor {
    check.checkFinite('scale: factor', factor);
    const input = this.contiguous(x);
    const out = this.allocate(x.shape);
    this.kernel.exports.scale(input.address, out.address, check.sizeOf(x.shape), factor);
    return out;
  }

  activate(x: Tensor, activation: ActivationName): Tensor {
    const input = ownedTensor(this, x);
    if (activation === 'none') return this.copy(input);
    const out = this.allocate(x.shape);
    const { rows, width } = input;
    this.kernel.exports.activate(
      input.address,
      input.stride,
      out.address,
      width,
      rows,
      width,
      activationCodes[activation],
    );
    return out;
  }

  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
    const { rows, features } = check.checkNorm('layerNorm', x, gain, bias);
    const [input, gains, biases] = [ownedTensor(this, x), ownedTensor(this, gain), ownedTensor(this, bias)];
    const out = this.allocate(x.shape);
    this.kernel.exports.layerNorm(
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
    const [input, gains] = [ownedTensor(this, x), ownedTensor(this, gain)];
    const out = this.allocate(x.shape);
    this.kernel.exports.rmsNorm(
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
    const input = ownedTensor(this, x);
    const out = this.allocate([rows, width]);
    this.kernel.exports.gate(
      input.address,
      input.stride,
      out.address,
      width,
      rows,
      width,
      activationCodes[activation],
    );
    return out;
  }

  softmax(x: Tensor): Tensor {
    const input = ownedTensor(this, x);
    const out = this.allocate(x.shape);
    const { rows, width } = input;
    this.kernel.exports.softmax(input.address, input.stride, out.address, width, rows, width);
    return out;
  }

  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: VocabularyPart): Tensor {
    const { rows, width, first } = check.checkEmbedding(table, ids, part);
    const source = this.#table(table);
    const out = this.allocate([ids.length, width]);
    embedding(this.kernel, source, ids, { rows, width, first }, out);
    return out;
  }

  meanPool(x: Tensor, offsets: Offsets): Tensor {
    const { rows, features } = check.checkMatrix('meanPool', 'input', x);
    const { batch } = check.checkOffsets('meanPool', 'sequence', offsets, rows);
    const input = ownedTensor(this, x);
    const out = this.allocate([batch, features]);
    for (let s = 0; s < batch; s++) {
      const from = offsets[s]!;
      this.kernel.exports.meanRows(
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
    const input = this.contiguous(x);
    const out = this.allocate(x.shape);
    this.kernel.exports.l2Normalize(input.address, out.address, input.rows, input.width, 1e-12);
    return out;
  }

  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
    const sizes = checkAttention(q, k, options);
    const valueDim = checkValueHeads(v, sizes.keyValueHeads, options, sizes.batch, sizes.keyRows);
    const out = this.allocate([sizes.queries, sizes.heads * valueDim]);
    const operands = [ownedTensor(this, q), ownedTensor(this, k), ownedTensor(this, v)] as const;
    attention(this.kernel, operands, this.#bias(options), sizes, valueDim, out);
    return out;
  }

  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, headIndices: readonly number[]): Tensor {
    const sizes = checkAttention(q, k, options);
    checkHeadIndices(sizes.heads, headIndices);
    const out = this.allocate([sizes.batch, headIndices.length, sizes.longestQuery, sizes.longestKey]);
    attentionScores(
      this.kernel,
      [ownedTensor(this, q), ownedTensor(this, k)],
      this.#bias(options),
      sizes,
      headIndices,
      out,
    );
    return out;
  }

  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    headIndices: readonly number[],
    context: Tensor,
  ): void {
    const sizes = checkContext(weights, v, options, headIndices, context);
    const operands = [this.contiguous(weights), ownedTensor(this, v)] as const;
    attentionContext(
      this.kernel,
      operands,
      options.queryOffsets,
      sizes,
      headIndices,
      ownedTensor(this, context),
    );
  }

  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor {
    const sizes = checkRotary(x, table, positions, options);
    const out = this.allocate(x.shape);
    rotary(this.kernel, ownedTensor(this, x), this.contiguous(table), positions, options, sizes, out);
    return out;
  }

  argmax(x: Tensor): number {
    const n = check.checkArgmax(x);
    return this.kernel.exports.argmax(ownedTensor(this, x).address, n);
  }

  topK(x: Tensor, k: number): SelectedValues {
    const n = check.checkTopK(x, k);
    return vector.topK(this.kernel, ownedTensor(this, x), n, k);
  }

  valuesAtLeast(x: Tensor, threshold: number): SelectedValues {
    const n = check.checkVector('valuesAtLeast', x);
    return vector.valuesAtLeast(this.kernel, ownedTensor(this, x), n, threshold);
  }

  sumExp(x: Tensor, shift: number, factor = 1): number {
    const n = check.checkSumExp('sumExp', x, shift, factor);
    return this.kernel.exports.sumExp(ownedTensor(this, x).address, n, shift, factor);
  }

  searchExp(x: Tensor, shift: number, factor: number, target: number): number {
    const n = check.checkSumExp('searchExp', x, shift, factor);
    return this.kernel.exports.searchExp(ownedTensor(this, x).address, n, shift, factor, target);
  }

  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor } {
    requireExtendedFunctions(this.kernel, 'recurrent cells');
    const { rows, hiddenSize } = checkLstmGates(gates, cell);
    const [all, before] = [ownedTensor(this, gates), ownedTensor(this, cell)];
    const [hidden, after] = [this.allocate(cell.shape), this.allocate(cell.shape)];
    this.kernel.exports.lstmGates(
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
    requireExtendedFunctions(this.kernel, 'recurrent cells');
    const { rows, hiddenSize } = checkGruGates(input, hidden, state);
    const [x, h, before] = [ownedTensor(this, input), ownedTensor(this, hidden), ownedTensor(this, state)];
    const out = this.allocate(state.shape);
    this.kernel.exports.gruGates(
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

  #table(table: Tensor | LinearWeights): WasmTensor | WasmTable | WasmLinear {
    if (table instanceof WasmTable) return ownedWeights(this, table, WasmTable);
    return 'shape' in table ? this.contiguous(table) : ownedWeights(this, table, WasmLinear);
  }

  #bias({ bias }: AttentionOptions): WasmTensor | undefined {
    return bias && ownedTensor(this, bias);
  }
}
