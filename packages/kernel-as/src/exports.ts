// The functions of the WebAssembly module, as TypeScript sees them. Their contracts stand beside their code in
// ../assembly; addresses are byte offsets in linear memory, strides are counted in elements.
type Address = number;

export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;

  packedBytes(k: number, n: number): number;
  packRows(b: Address, stride: number, k: number, n: number, out: Address): void;
  packColumns(b: Address, stride: number, k: number, n: number, out: Address): void;
  matmul(
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
    accumulate: number,
  ): void;

  packed16Bytes(k: number, n: number): number;
  pack16(w: Address, k: number, n: number, first: number, channels: number, out: Address): void;
  matmul16Scratch(k: number): number;
  matmul16(
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
  ): void;
  packed8Bytes(k: number, n: number): number;
  pack8(w: Address, k: number, n: number, first: number, channels: number, out: Address): void;
  matmul8Scratch(k: number): number;
  matmul8(
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
  ): void;
  packed4Bytes(k: number, n: number): number;
  pack4(w: Address, k: number, n: number, first: number, channels: number, out: Address): void;
  matmul4Scratch(k: number): number;
  matmul4(
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
  ): void;
  table8Bytes(rows: number, width: number): number;
  packTable8(x: Address, rows: number, width: number, first: number, count: number, table: Address): void;
  table16Bytes(rows: number, width: number): number;
  packTable16(x: Address, rows: number, width: number, first: number, count: number, table: Address): void;
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
  add(x: Address, y: Address, out: Address, n: number): void;
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
