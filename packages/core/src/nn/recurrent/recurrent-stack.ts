import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import type { Steps } from '../run/steps.ts';
import { Cell, type CellKind, type CellState, statesOf } from './cell.ts';
import { backwards, forwards } from './direction.ts';
import { pack } from './packing.ts';

export interface RecurrentStackOptions {
  readonly kind: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
}

/** States of all layers: layer 0 forwards, layer 0 backwards if there is that direction, layer 1 forwards, … */
export type StackState = readonly CellState[];

/** Recurrent layers one above another, in one direction or both, with PyTorch's weights. */
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

  /** Reads `weight_ih_l0`, `weight_ih_l0_reverse`, … under `prefix`; `name` goes before the names of the activations. */
  static async load(
    loader: WeightLoader,
    prefix: string,
    name: string,
    options: RecurrentStackOptions,
  ): Promise<RecurrentStack> {
    const { kind, inputSize, hiddenSize, numLayers, bias, bidirectional } = options;
    const directions = bidirectional ? ['', '_reverse'] : [''];
    const cells: Cell[][] = [];
    for (let layer = 0; layer < numLayers; layer++) {
      const width = layer === 0 ? inputSize : hiddenSize * directions.length;
      const row: Cell[] = [];
      for (const direction of directions) {
        const sizes = { kind, inputSize: width, hiddenSize, bias };
        row.push(await Cell.load(loader, prefix, `_l${layer}${direction}`, sizes));
      }
      cells.push(row);
    }
    return new RecurrentStack(name, options, cells);
  }

  /** States of zeros. */
  zeroState(backend: Backend, batch: number): StackState {
    const { kind, hiddenSize } = this.options;
    const zero = () => Array.from({ length: statesOf(kind) }, () => backend.zeros([batch, hiddenSize]));
    return this.#cells.flat().map(zero);
  }

  /**
   * Goes over sequences `x[tokens, inputSize]`: their last layer's hidden states `[tokens, directions · hiddenSize]`, and the final
   * states of all layers.
   */
  *forward(
    ctx: ForwardContext,
    x: Tensor,
    offsets: Offsets,
    initial: StackState,
  ): Steps<{ output: Tensor; final: StackState }> {
    const { backend } = ctx;
    const packing = pack(offsets);
    const sorted = initial.map((state) => pick(backend, state, packing.order));
    const final: CellState[] = [];
    let packed = backend.embedding(x, packing.rows);
    for (const [layer, cells] of this.#cells.entries()) {
      const passed = cells.map((cell, direction) => {
        const pass = direction === 0 ? forwards : backwards;
        return pass(backend, cell, packed, packing, sorted[layer * cells.length + direction]!);
      });
      const outputs = passed.map(({ output }) => output);
      packed = outputs.length === 1 ? outputs[0]! : backend.concat(outputs, 1);
      final.push(...passed.map((one) => pick(backend, one.final, packing.places)));
      const name = `${this.#name}layers.${layer}.output`;
      if (ctx.watches?.(name)) {
        // Packing is nobody's concern but ours: shown are the sequences as they came.
        const shown = yield* observe(ctx, name, backend.embedding(packed, packing.back));
        packed = backend.embedding(shown, packing.rows);
      }
    }
    return { output: backend.embedding(packed, packing.back), final };
  }

  /** One step of layers that go forwards only: `x[batch, inputSize]`. The result's last state is the output. */
  step(backend: Backend, x: Tensor, state: StackState): StackState {
    const next: CellState[] = [];
    let input = x;
    for (const [layer, [cell]] of this.#cells.entries()) {
      const after = cell!.step(backend, cell!.gates(backend, input), state[layer]!);
      next.push(after);
      input = after[0]!;
    }
    return next;
  }
}

/** Rows of a state. */
function pick(backend: Backend, state: CellState, rows: Int32Array): CellState {
  return state.map((x) => backend.embedding(x, rows));
}
