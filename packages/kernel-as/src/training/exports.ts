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
    /** 1 if `dx` has no values yet. */
    overwrite?: number,
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
    /** 1 if `dx` has no values yet. */
    overwrite?: number,
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

  attentionGradientScratch(keys: number, headDim: number, valueDim: number): number;
  attentionGradient(
    q: Address,
    qStride: number,
    k: Address,
    kStride: number,
    v: Address,
    vStride: number,
    out: Address,
    outStride: number,
    dOut: Address,
    dOutStride: number,
    dq: Address,
    dqStride: number,
    dk: Address,
    dkStride: number,
    dv: Address,
    dvStride: number,
    queries: number,
    keys: number,
    heads: number,
    group: number,
    headDim: number,
    valueDim: number,
    scale: number,
    bias: Address,
    dBias: Address,
    biasHead: number,
    biasRow: number,
    before: number,
    after: number,
    scratch: Address,
  ): void;
  attentionWeightsGradientScratch(headDim: number, valueDim: number): number;
  attentionScoresGradient(
    q: Address,
    qStride: number,
    k: Address,
    kStride: number,
    dScores: Address,
    dScoresStride: number,
    dq: Address,
    dqStride: number,
    dk: Address,
    dkStride: number,
    queries: number,
    keys: number,
    headDim: number,
    scale: number,
    dBias: Address,
    biasRow: number,
    before: number,
    after: number,
    scratch: Address,
  ): void;
  attentionContextGradient(
    weights: Address,
    weightsStride: number,
    v: Address,
    vStride: number,
    dOut: Address,
    dOutStride: number,
    dWeights: Address,
    dWeightsStride: number,
    dv: Address,
    dvStride: number,
    queries: number,
    keys: number,
    valueDim: number,
    scratch: Address,
  ): void;

  softmaxGradient(
    y: Address,
    yStride: number,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    rows: number,
    n: number,
  ): void;
  crossEntropy(
    logits: Address,
    stride: number,
    labels: Address,
    rows: number,
    classes: number,
    ignore: number,
    smoothing: number,
    statistics: Address,
  ): number;
  crossEntropyGradient(
    logits: Address,
    stride: number,
    labels: Address,
    rows: number,
    classes: number,
    ignore: number,
    smoothing: number,
    statistics: Address,
    factor: number,
    dLogits: Address,
    dStride: number,
  ): void;

  gatherGradient(
    dy: Address,
    dyStride: number,
    ids: Address,
    count: number,
    first: number,
    dTable: Address,
    dTableStride: number,
    rows: number,
    width: number,
  ): void;
  meanRowsGradient(dy: Address, dx: Address, dxStride: number, rows: number, width: number): void;
  l2NormalizeGradient(
    x: Address,
    xStride: number,
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    rows: number,
    n: number,
    epsilon: number,
  ): void;
  rotaryGradient(
    dy: Address,
    dyStride: number,
    dx: Address,
    dxStride: number,
    positions: Address,
    table: Address,
    rows: number,
    heads: number,
    headDim: number,
    half: number,
    interleaved: number,
  ): void;
  lstmGatesGradient(
    gates: Address,
    gatesStride: number,
    cell: Address,
    cellStride: number,
    dHidden: Address,
    dHiddenStride: number,
    dNextCell: Address,
    dNextCellStride: number,
    dGates: Address,
    dGatesStride: number,
    dCell: Address,
    dCellStride: number,
    rows: number,
    n: number,
  ): void;
  gruGatesGradient(
    input: Address,
    inputStride: number,
    hidden: Address,
    hiddenStride: number,
    state: Address,
    stateStride: number,
    dy: Address,
    dyStride: number,
    dInput: Address,
    dInputStride: number,
    dHidden: Address,
    dHiddenStride: number,
    dState: Address,
    dStateStride: number,
    rows: number,
    n: number,
  ): void;
}
