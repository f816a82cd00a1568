import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { Cell, type CellKind, type CellOptions, type CellState, cellSpecs, statesOf } from './cell.ts';
import { runBackwards, runForwards } from './direction.ts';
import { pack } from './packing.ts';

export interface RecurrentStackOptions {
  readonly kind: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
  /** See `CellOptions.projSize`. */
  readonly projSize?: number;
  /** See `CellOptions.inputColumns`; of the first layer. */
  readonly inputColumns?: number;
}

/** The states of all layers and directions: layer 0 forward, layer 0 backward if bidirectional, layer 1 forward, … */
export type StackState = readonly CellState[];

/** The cells of a stack by layer and direction, each with the suffix of its weights' names. */
function cellsOf(options: RecurrentStackOptions): { suffix: string; sizes: CellOptions }[][] {
  const { kind, inputSize, hiddenSize, numLayers, bias, bidirectional, inputColumns, projSize } = options;
  const directions = bidirectional ? ['', '_reverse'] : [''];
  return Array.from({ length: numLayers }, (_, layer) => {
    const width = layer === 0 ? inputSize : (projSize ?? hiddenSize) * directions.length;
    const first = layer === 0 && inputColumns !== undefined;
    const sizes = {
      kind,
      inputSize: width,
      hiddenSize,
      bias,
      ...(projSize !== undefined && { projSize }),
      ...(first && { inputColumns }),
    };
    return directions.map((direction) => ({ suffix: `_l${layer}${direction}`, sizes }));
  });
}

/** The weights of a stack; see {@link cellSpecs}. */
export function stackSpecs(options: RecurrentStackOptions): WeightSpecs {
  const cells = cellsOf(options).flat();
  return Object.assign({}, ...cells.map(({ suffix, sizes }) => cellSpecs(suffix, sizes)));
}

/** Stacked recurrent layers, unidirectional or bidirectional, with PyTorch's weights. */
export class RecurrentStack {
  readonly options: RecurrentStackOptions;
  readonly #name: string;
  /** By layer, then direction. */
  readonly #cells: readonly (readonly Cell[])[];

  private constructor(name: string, options: RecurrentStackOptions, cells: readonly (readonly Cell[])[]) {
    this.#name = name;
    this.options = options;
    this.#cells = cells;
  }

  /** Loads `weight_ih_l0`, `weight_ih_l0_reverse`, … under `prefix`. `name` prefixes the names of activations. */
  static async load(
    loader: WeightLoader,
    prefix: string,
    name: string,
    options: RecurrentStackOptions,
  ): Promise<RecurrentStack> {
    const cells: Cell[][] = [];
    for (const layer of cellsOf(options)) {
      const row: Cell[] = [];
      for (const { suffix, sizes } of layer) row.push(await Cell.load(loader, prefix, suffix, sizes));
      cells.push(row);
    }
    return new RecurrentStack(name, options, cells);
  }

  /** Initial states of zeros. */
  zeroState(backend: Backend, batch: number): StackState {
    const { kind, hiddenSize, projSize = hiddenSize } = this.options;
    const sizes = [projSize, hiddenSize].slice(0, statesOf(kind));
    const zero = () => sizes.map((size) => backend.zeros([batch, size]));
    return this.#cells.flat().map(zero);
  }

  /**
   * `x[tokens, inputSize]` → the hidden states of the last layer, `[tokens, directions · hiddenSize]`, and the final states of all layers.
   */
  *forward(
    ctx: ForwardContext,
    x: Tensor,
    offsets: Offsets,
    initial: StackState,
  ): Steps<{ output: Tensor; final: StackState }> {
    const { backend } = ctx;
    const packing = pack(offsets);
    const sorted = initial.map((state) => selectSequences(backend, state, packing.order));
    const final: CellState[] = [];
    let packed = backend.embedding(x, packing.rows);
    for (const [layer, cells] of this.#cells.entries()) {
      const results = cells.map((cell, direction) => {
        const run = direction === 0 ? runForwards : runBackwards;
        return run(backend, cell, packed, packing, sorted[layer * cells.length + direction]!);
      });
      const outputs = results.map(({ output }) => output);
      packed = outputs.length === 1 ? outputs[0]! : backend.concat(outputs, 1);
      final.push(...results.map((result) => selectSequences(backend, result.final, packing.inverse)));
      const name = `${this.#name}layers.${layer}.output`;
      if (ctx.watches?.(name)) {
        // Hooks see the rows in the order of the batch.
        const hooked = yield* observe(ctx, name, backend.embedding(packed, packing.packedRows));
        packed = backend.embedding(hooked, packing.rows);
      }
    }
    return { output: backend.embedding(packed, packing.packedRows), final };
  }

  /** The input projections of the first of unidirectional layers: `[rows, inputSize]` → `[rows, gates · hiddenSize]`. */
  gates(backend: Backend, x: Tensor): Tensor {
    return this.#cells[0]![0]!.gates(backend, x);
  }

  /**
   * One step of unidirectional layers: the input projections `gates[batch, gates · hiddenSize]` of the first one → the next states. The last
   * layer's hidden state is the output.
   */
  step(backend: Backend, gates: Tensor, state: StackState): StackState {
    const next: CellState[] = [];
    let input = gates;
    for (const [layer, [cell]] of this.#cells.entries()) {
      const output = cell!.step(backend, layer === 0 ? input : cell!.gates(backend, input), state[layer]!);
      next.push(output);
      input = output[0]!;
    }
    return next;
  }
}

/** The states of some sequences, by index. */
function selectSequences(backend: Backend, state: CellState, rows: Int32Array): CellState {
  return state.map((x) => backend.embedding(x, rows));
}
