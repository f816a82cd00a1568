/** A tensor type. Rows are stored as blocks. */
export interface GgufTensorType {
  readonly name: GgufTypeName;
  /** Elements per block. */
  readonly blockSize: number;
  /** Bytes per block. */
  readonly blockBytes: number;
}

/**
 * Number, name, elements per block and bytes per block of ggml's tensor types. Missing numbers belong to removed types and
 * to types that do not occur in files.
 */
const TYPES = [
  [0, 'F32', 1, 4],
  [1, 'F16', 1, 2],
  [2, 'Q4_0', 32, 18],
  [3, 'Q4_1', 32, 20],
  [6, 'Q5_0', 32, 22],
  [7, 'Q5_1', 32, 24],
  [8, 'Q8_0', 32, 34],
  [10, 'Q2_K', 256, 84],
  [11, 'Q3_K', 256, 110],
  [12, 'Q4_K', 256, 144],
  [13, 'Q5_K', 256, 176],
  [14, 'Q6_K', 256, 210],
  [16, 'IQ2_XXS', 256, 66],
  [17, 'IQ2_XS', 256, 74],
  [18, 'IQ3_XXS', 256, 98],
  [19, 'IQ1_S', 256, 50],
  [20, 'IQ4_NL', 32, 18],
  [21, 'IQ3_S', 256, 110],
  [22, 'IQ2_S', 256, 82],
  [23, 'IQ4_XS', 256, 136],
  [24, 'I8', 1, 1],
  [25, 'I16', 1, 2],
  [26, 'I32', 1, 4],
  [27, 'I64', 1, 8],
  [28, 'F64', 1, 8],
  [29, 'IQ1_M', 256, 56],
  [30, 'BF16', 1, 2],
  [34, 'TQ1_0', 256, 54],
  [35, 'TQ2_0', 256, 66],
  [39, 'MXFP4', 32, 17],
] as const;

/** A tensor type, by its ggml name. */
export type GgufTypeName = (typeof TYPES)[number][1];

const byNumber: ReadonlyMap<number, GgufTensorType> = new Map(
  TYPES.map(([number, name, blockSize, blockBytes]) => [number, { name, blockSize, blockBytes }]),
);

/** The type with a number; undefined for an unknown number. */
export function tensorTypeOf(number: number): GgufTensorType | undefined {
  return byNumber.get(number);
}
