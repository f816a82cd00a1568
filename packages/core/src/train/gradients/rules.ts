import type { ActivationName, Offsets, RotaryOptions } from '../../backend/backend.ts';
import type { AttentionSizes, ContextSizes } from '../../backend/check-attention.ts';
import type { FloatBuffer } from '../memory/float-buffer.ts';
import type { SavedValue } from '../tape/saved.ts';
import type { GradientView } from './view.ts';

/**
 * The gradient of each operation of `Backend`: adds to the gradients of the inputs (`dx`, `dGain`, …; absent where not needed) from the
 * gradient of the output (`dy`). Inputs and outputs are read from saved values of the forward pass. The rules of a kernel replace single
 * members: `{ ...typescriptGradients, linear: … }`.
 */
export interface GradientRules {
  /** to += factor · from. The gradient of sums, scaled tensors, residuals and views. */
  add(from: GradientView, to: GradientView, factor: number): void;
  /** Adds `from` to `to`, if it is needed, and sets `from` to zero. They may overlap. The gradient of writes. */
  move(from: GradientView, to: GradientView | undefined): void;
  linear(args: {
    /** `[rows, inFeatures]`. */
    x: SavedValue;
    /** `[outFeatures, inFeatures]`. */
    weight: FloatBuffer;
    dy: GradientView;
    dx: GradientView | undefined;
    /** `[outFeatures, inFeatures]`. */
    dWeight: GradientView | undefined;
    /** `[outFeatures]`. */
    dBias: GradientView | undefined;
  }): void;
  activate(args: { x: SavedValue; activation: ActivationName; dy: GradientView; dx: GradientView }): void;
  gate(args: { x: SavedValue; activation: ActivationName; dy: GradientView; dx: GradientView }): void;
  layerNorm(
    args: NormGradient & {
      dBias: GradientView | undefined;
    },
  ): void;
  rmsNorm(args: NormGradient): void;
  softmax(args: { y: SavedValue; dy: GradientView; dx: GradientView }): void;
  /** `first`: the id of the table's first row; ids of other rows than the table's have no gradient. */
  embedding(args: { ids: Int32Array; first: number; dy: GradientView; dTable: GradientView }): void;
  meanPool(args: { offsets: Offsets; dy: GradientView; dx: GradientView }): void;
  l2Normalize(args: { x: SavedValue; dy: GradientView; dx: GradientView }): void;
  /** `y` is the result of the attention. */
  attention(
    args: AttentionGradient & {
      v: SavedValue;
      y: SavedValue;
      dv: GradientView | undefined;
      valueDim: number;
    },
  ): void;
  attentionScores(args: AttentionGradient & { headIndices: readonly number[] }): void;
  /** `dy` is the gradient of `context`; that of the columns of `headIndices` is set to zero. */
  attentionContext(args: {
    weights: SavedValue;
    v: SavedValue;
    sizes: ContextSizes;
    queryOffsets: Offsets;
    headIndices: readonly number[];
    dy: GradientView;
    dWeights: GradientView | undefined;
    dv: GradientView | undefined;
  }): void;
  /** Gradients reach `x` only; the table of angles is constant. */
  rotary(args: {
    table: SavedValue;
    positions: Int32Array;
    options: RotaryOptions;
    dy: GradientView;
    dx: GradientView;
  }): void;
  lstmGates(args: {
    gates: SavedValue;
    cell: SavedValue;
    dHidden: GradientView;
    dNextCell: GradientView;
    dGates: GradientView | undefined;
    dCell: GradientView | undefined;
  }): void;
  gruGates(args: {
    input: SavedValue;
    hidden: SavedValue;
    state: SavedValue;
    dy: GradientView;
    dInput: GradientView | undefined;
    dHidden: GradientView | undefined;
    dState: GradientView | undefined;
  }): void;
}

/** Gradient of a normalisation of rows. */
export interface NormGradient {
  x: SavedValue;
  gain: SavedValue;
  epsilon: number;
  dy: GradientView;
  dx: GradientView | undefined;
  dGain: GradientView | undefined;
}

/** Gradient of attention or of attention scores. `dy` is `[queries, heads · valueDim]`, or as the scores. */
export interface AttentionGradient {
  q: SavedValue;
  k: SavedValue;
  bias: SavedValue | undefined;
  sizes: AttentionSizes;
  dy: GradientView;
  dq: GradientView | undefined;
  dk: GradientView | undefined;
  dBias: GradientView | undefined;
}
