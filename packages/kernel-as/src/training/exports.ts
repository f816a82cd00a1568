// The types of the training module's exports. They are documented in ../../assembly/training. Strides are in elements.
import type { Address } from '../exports.ts';

/**
 * Functions of the training module. They work on the memory of the kernel with which the module was loaded. Gradients are added to the
 * outputs.
 */
export interface TrainingExports {
  heapBase(): number;

  addScaled(
    from: Address,
    fromStride: number,
    to: Address,
    toStride: number,
    rows: number,
    n: number,
    factor: number,
  ): void;
  /** `scratch`: rows · n · 4 bytes if `to` and `from` overlap, else 0. */
  moveRows(
    from: Address,
    fromStride: number,
    to: Address,
    toStride: number,
    rows: number,
    n: number,
    scratch: Address,
  ): void;
  addDropout(
    from: Address,
    fromStride: number,
    to: Address,
    toStride: number,
    rows: number,
    n: number,
    key: number,
    threshold: number,
    factor: number,
  ): void;

  linearInputGradientScratch(rows: number, outFeatures: number, inFeatures: number): number;
  linearInputGradient(
    dy: Address,
    dyStride: number,
    w: Address,
    wStride: number,
    dx: Address,
    dxStride: number,
    rows: number,
    outFeatures: number,
    inFeatures: number,
    scratch: Address,
  ): void;
  linearWeightGradientScratch(rows: number, outFeatures: number, inFeatures: number): number;
  linearWeightGradient(
    x: Address,
    xStride: number,
    dy: Address,
    dyStride: number,
    dw: Address,
    dwStride: number,
    rows: number,
    outFeatures: number,
    inFeatures: number,
    scratch: Address,
  ): void;
  addColumnSums(x: Address, xStride: number, rows: number, n: number, out: Address): void;

  /** `code`: one of `activationCodes`, `none` included. */
  activateGradient(
    x: Address,
    xStride: number,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    rows: number,
    n: number,
    code: number,
  ): void;
  gateGradient(
    x: Address,
    xStride: number,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    rows: number,
    n: number,
    code: number,
  ): void;

  normGradientScratch(n: number): number;
  /** `dx`, `dGain` and `dBias` are 0 if not needed. */
  layerNormGradient(
    x: Address,
    xStride: number,
    gain: Address,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    dGain: Address,
    dBias: Address,
    rows: number,
    n: number,
    epsilon: number,
    scratch: Address,
  ): void;
  /** `dx` and `dGain` are 0 if not needed. */
  rmsNormGradient(
    x: Address,
    xStride: number,
    gain: Address,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    dGain: Address,
    rows: number,
    n: number,
    epsilon: number,
    scratch: Address,
  ): void;

  adamStep(
    p: Address,
    gradient: Address,
    m: Address,
    v: Address,
    n: number,
    stepSize: number,
    correction: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    shrink: number,
  ): void;
  /** `b` is 0 without momentum. */
  sgdStep(
    p: Address,
    gradient: Address,
    b: Address,
    n: number,
    learningRate: number,
    momentum: number,
    dampening: number,
    weightDecay: number,
    nesterov: number,
    isFirst: number,
  ): void;
  sumOfSquares(x: Address, n: number): number;
  findNonFinite(x: Address, n: number): number;
}
