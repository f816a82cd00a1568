// The types of the WebAssembly module's exports. They are documented in ../assembly. Strides are in elements.

/** A byte offset in linear memory. */
export type Address = number;

/** Codes of the activation functions. The same list is in ../assembly/activation.ts. */
export const activationCodes = {
  none: 0,
  relu: 1,
  gelu: 2,
  geluTanh: 3,
  silu: 4,
  tanh: 5,
  sigmoid: 6,
  exp: 7,
} as const;

export type ActivationName = keyof typeof activationCodes;

/** c[m, n] = f(a[m, k] · b[k, n] + bias) + residual, with b in the function's packed format. */
export type Matmul = (
  a: Address,
  aStride: number,
  packed: Address,
  c: Address,
  cStride: number,
  m: number,
  k: number,
  n: number,
  bias: Address,
  activation: number,
  residual: Address,
  residualStride: number,
  scratch: Address,
) => void;

/**
 * Packs the rows `first` to `first + count` of a matrix, which are at `from`, into the packed matrix at `out`. The sizes are k, n for a
 * weight `[n, k]`, and rows, width for a table.
 */
export type Pack = (
  from: Address,
  size0: number,
  size1: number,
  first: number,
  count: number,
  out: Address,
) => void;

/** Functions for weights in 16, 8 and 4 bits and for recurrent cells, of a module that works on the memory of the kernel. */
export interface ExtendedExports {
  packed16Bytes(k: number, n: number): number;
  readonly pack16: Pack;
  matmul16Scratch(k: number): number;
  readonly matmul16: Matmul;
  packed8Bytes(k: number, n: number): number;
  readonly pack8: Pack;
  /** As `pack8`, of rows that are quantised already: see the layout in the assembly sources. */
  readonly place8: Pack;
  /**
   * 1 if `matmul8` and `matmul4` use the engine's 8-bit dot product, 0 if they use several instructions. Set on instantiation: 1 if the
   * processor has an instruction for it. The results are equal.
   */
  readonly fusedDot: { value: number };
  matmul8Scratch(k: number): number;
  readonly matmul8: Matmul;
  packed4Bytes(k: number, n: number): number;
  readonly pack4: Pack;
  /** As `pack4`, of rows that are quantised already. */
  readonly place4: Pack;
  matmul4Scratch(k: number): number;
  readonly matmul4: Matmul;
  table8Bytes(rows: number, width: number): number;
  readonly packTable8: Pack;
  table16Bytes(rows: number, width: number): number;
  readonly packTable16: Pack;
  gatherPacked(
    table: Address,
    bits: number,
    first: number,
    rows: number,
    width: number,
    ids: Address,
    count: number,
    out: Address,
    scratch: Address,
  ): void;
  gatherLinear(
    packed: Address,
    bits: number,
    first: number,
    n: number,
    k: number,
    ids: Address,
    count: number,
    out: Address,
  ): void;

  lstmGates(
    gates: Address,
    gatesStride: number,
    cell: Address,
    cellStride: number,
    hiddenOut: Address,
    cellOut: Address,
    rows: number,
    n: number,
  ): void;
  gruGates(
    input: Address,
    inputStride: number,
    hidden: Address,
    hiddenStride: number,
    state: Address,
    stateStride: number,
    out: Address,
    rows: number,
    n: number,
  ): void;
}

export interface KernelExports extends ExtendedExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;

  packedBytes(k: number, n: number): number;
  packRows(b: Address, stride: number, k: number, n: number, out: Address): void;
  packColumns(b: Address, stride: number, k: number, n: number, out: Address): void;
  /** Bytes, 0 if `matmul` needs no scratch memory. Scratch memory is optional: without it `matmul` is slower. */
  matmulScratch(m: number, k: number, n: number): number;
  /** `accumulate`: 1 to add to `c`, 0 to overwrite it (default). */
  readonly matmul: (...of: [...Parameters<Matmul>, accumulate?: number]) => void;

  /** Writes rows of a matrix that `packRows` has packed. */
  gatherPanels(
    packed: Address,
    first: number,
    n: number,
    k: number,
    ids: Address,
    count: number,
    out: Address,
  ): void;

  attentionScratch(headDim: number, valueDim: number): number;
  attention(
    q: Address,
    qStride: number,
    k: Address,
    kStride: number,
    v: Address,
    vStride: number,
    out: Address,
    outStride: number,
    queries: number,
    keys: number,
    heads: number,
    group: number,
    headDim: number,
    valueDim: number,
    scale: number,
    bias: Address,
    biasHead: number,
    biasRow: number,
    before: number,
    after: number,
    shift: number,
    softCap: number,
    scratch: Address,
  ): void;
  attentionScores(
    q: Address,
    qStride: number,
    k: Address,
    kStride: number,
    out: Address,
    outStride: number,
    queries: number,
    keys: number,
    headDim: number,
    scale: number,
    bias: Address,
    biasRow: number,
    before: number,
    after: number,
    shift: number,
    softCap: number,
    scratch: Address,
  ): void;
  attentionContext(
    weights: Address,
    weightsStride: number,
    v: Address,
    vStride: number,
    out: Address,
    outStride: number,
    queries: number,
    keys: number,
    valueDim: number,
    scratch: Address,
  ): void;

  argmax(x: Address, n: number): number;
  topK(x: Address, n: number, k: number, heap: Address): void;
  indicesAtLeast(x: Address, n: number, threshold: number, indices: Address): number;
  sumExp(x: Address, n: number, shift: number, factor: number): number;
  searchExp(x: Address, n: number, shift: number, factor: number, target: number): number;
  softmax(x: Address, xStride: number, out: Address, outStride: number, rows: number, n: number): void;
  layerNorm(
    x: Address,
    xStride: number,
    gain: Address,
    bias: Address,
    out: Address,
    outStride: number,
    rows: number,
    n: number,
    epsilon: number,
  ): void;
  rmsNorm(
    x: Address,
    xStride: number,
    gain: Address,
    out: Address,
    outStride: number,
    rows: number,
    n: number,
    epsilon: number,
  ): void;
  l2Normalize(x: Address, out: Address, rows: number, n: number, epsilon: number): void;
  activate(
    from: Address,
    fromStride: number,
    to: Address,
    toStride: number,
    rows: number,
    n: number,
    code: number,
  ): void;
  gate(
    x: Address,
    xStride: number,
    out: Address,
    outStride: number,
    rows: number,
    n: number,
    code: number,
  ): void;
  copyRows(from: Address, fromStride: number, to: Address, toStride: number, rows: number, n: number): void;
  add(x: Address, y: Address, out: Address, n: number): void;
  scale(x: Address, out: Address, n: number, factor: number): void;
  gather(
    table: Address,
    first: number,
    rows: number,
    width: number,
    ids: Address,
    count: number,
    out: Address,
    accumulate: number,
  ): void;
  meanRows(x: Address, stride: number, rows: number, width: number, out: Address): void;

  rotary(
    x: Address,
    xStride: number,
    out: Address,
    outStride: number,
    positions: Address,
    table: Address,
    rows: number,
    heads: number,
    headDim: number,
    half: number,
    interleaved: number,
  ): void;
}
