import { type Backend, type WeightType, weightTypes } from '../backend/backend.ts';
import { linearFormats, tableFormats } from '../backend/wasm/weights.ts';
import { type WeightTypeChoice, weightTypeOf } from '../backend/weight-type.ts';
import { ConfigError, MemoryLimitError } from '../errors.ts';
import { bitsOf } from '../weights/dtypes.ts';
import type { Checkpoint } from '../weights/types.ts';

/** What {@link planWeights} reads of a model, before any weight: shapes from the headers of its files, and sizes of its configuration. */
export interface PlannedModel {
  readonly checkpoint: Checkpoint;
  readonly config?: PlannedConfig;
}

export interface PlannedConfig {
  readonly tieWordEmbeddings?: boolean | undefined;
  /** Encoders alone have it. Their projections of the residual stream stay in 8 bits where the type is `q4`. */
  readonly taskHeads?: unknown;
  readonly numHiddenLayers?: number | undefined;
  readonly numKeyValueHeads?: number | undefined;
  readonly headDim?: number | undefined;
  readonly contextLength?: number | undefined;
}

/** What is asked for, and where the weights go. */
export interface MemoryRequest {
  readonly dtype: WeightTypeChoice | undefined;
  /** Bytes that all memories may take together. */
  readonly memoryLimit?: number | undefined;
  /** Workers that share one copy of the weights. Default 1. */
  readonly shards?: number;
  /** Copies of the weights. Default 1. */
  readonly copies?: number;
  /** A backend that has weights of other models already. */
  readonly backend?: Backend;
}

/** All that 32-bit addresses reach, without the last page. */
const ADDRESS_SPACE = 65_535 * 65_536;
/** Weights are packed in chunks of 1 MB; activations of short texts and the tables of positions take the rest. */
const WORKING_BYTES = 4 << 20;
/** Tokens whose keys and values a cache has room for at first. */
const FIRST_TOKENS = 256;
/** Tables of vectors, which `q8` and `q4` keep as bytes. */
const TABLE = /embed|wte|wpe|shared|position/i;

const LARGEST_FIRST: readonly WeightType[] = ['f32', 'f16', 'q8', 'q4'];

/**
 * The type to keep a model's weights in. A named type is returned as it is. `auto`, the default, is that of the file where it is quantised (by the type of
 * most of its weights: `q4` up to 5 bits a weight, else `q8`), and `f32` for floats; if that does not fit, the largest type that does.
 *
 * Throws `MemoryLimitError` if the type, or with `auto` any, needs more than a WebAssembly memory holds (4 GiB, of each worker) or than `memoryLimit`.
 */
export function planWeights(task: string, model: PlannedModel, request: MemoryRequest): WeightType {
  const { dtype = 'auto', memoryLimit, shards = 1, copies = 1, backend } = request;
  if (memoryLimit !== undefined && !(Number.isSafeInteger(memoryLimit) && memoryLimit >= 1)) {
    throw new ConfigError(
      `${task}: memoryLimit must be a whole number of bytes of at least 1, got ${String(memoryLimit)}`,
    );
  }
  const named = dtype === 'auto' ? undefined : weightTypeOf(task, dtype);
  const preferred = named ?? storedType(model.checkpoint);
  // The reference backend computes outside of WebAssembly's memory.
  const space = backend?.name === 'reference' ? Infinity : ADDRESS_SPACE - (backend?.weightBytes ?? 0);
  const count = shards * copies;
  const limit = Math.min(space * count, memoryLimit ?? Infinity);
  const needed = Object.fromEntries(
    weightTypes.map((type) => [type, count * memoryOf(model, type, shards)]),
  ) as Record<WeightType, number>;
  const fits = LARGEST_FIRST.filter((type) => needed[type] <= limit);
  const candidates = named ? [named] : LARGEST_FIRST.slice(LARGEST_FIRST.indexOf(preferred));
  const chosen = candidates.find((type) => fits.includes(type));
  if (chosen !== undefined) return chosen;
  const amounts = LARGEST_FIRST.map((type) => `${type} ${megabytes(needed[type])}`).join(', ');
  const over = count === 1 ? '' : ` over ${count} workers`;
  const cause = limit === memoryLimit ? 'memoryLimit' : 'all that WebAssembly memory holds';
  const advice =
    fits.length > 0
      ? `load it with dtype ${fits.map((type) => `'${type}'`).join(' or ')}`
      : 'no dtype fits: split the model over more workers with @headwise/worker, or load a smaller one';
  throw new MemoryLimitError(
    `${task}: the model needs ${megabytes(needed[preferred])} in ${preferred}${over}, more than ${megabytes(limit)} (${cause}); it needs ${amounts}: ${advice}`,
    needed,
    limit,
    fits,
  );
}

/** Throws `ConfigError` for an unknown name. Files need not be opened for it. */
export function checkWeightType(task: string, dtype: WeightTypeChoice | undefined): void {
  if (dtype !== undefined && dtype !== 'auto') weightTypeOf(task, dtype);
}

/** Bytes of the memory of one of `shards` workers. */
function memoryOf({ checkpoint, config = {} }: PlannedModel, dtype: WeightType, shards: number): number {
  let [vectors, matrices] = [0, 0];
  for (const name of checkpoint.names) {
    const info = checkpoint.info(name);
    const [rows = 1, ...rest] = info.shape;
    if (/^(?:[IU]\d|BOOL)/.test(info.dtype)) continue;
    const width = rest.reduce((product, size) => product * size, 1);
    if (rest.length === 0) vectors += Math.ceil(rows / 16) * 64;
    else matrices += matrixBytes(name, rows, width, dtype, config);
  }
  const { numHiddenLayers = 0, numKeyValueHeads = 0, headDim = 0, contextLength = 0 } = config;
  const cache = 2 * 4 * numHiddenLayers * numKeyValueHeads * headDim * Math.min(contextLength, FIRST_TOKENS);
  return Math.ceil(vectors + (matrices + cache) / shards) + WORKING_BYTES;
}

function matrixBytes(
  name: string,
  rows: number,
  width: number,
  dtype: WeightType,
  { tieWordEmbeddings, taskHeads }: PlannedConfig,
): number {
  const isWordTable = dtype === 'q4' && !/position|wpe|type/i.test(name);
  if (TABLE.test(name) && !tieWordEmbeddings && dtype !== 'f32' && !isWordTable)
    return tableFormats[dtype === 'f16' ? 16 : 8].bytes(rows, width);
  const inBytes = dtype === 'q4' && taskHeads !== undefined && rows >= width && !TABLE.test(name);
  return linearFormats[inBytes ? 'q8' : dtype].bytes(width, rows);
}

/** The type that a file's weights have about the size of. */
function storedType(checkpoint: Checkpoint): WeightType {
  for (const name of checkpoint.names) {
    const savedAs = checkpoint.info(name).origin?.savedAs;
    if (savedAs) return savedAs;
  }
  const sizes = checkpoint.names.flatMap((name) => {
    const { dtype, shape, storedBits = bitsOf(dtype) } = checkpoint.info(name);
    return shape.length < 2 ? [] : [{ bits: storedBits, count: shape.reduce((a, b) => a * b, 1) }];
  });
  sizes.sort((a, b) => a.bits - b.bits);
  // The median: in mixed files, some tensors have more bits than most of the model.
  const half = sizes.reduce((sum, { count }) => sum + count, 0) / 2;
  let median = 32;
  let seen = 0;
  for (const { bits, count } of sizes) {
    if (seen >= half) break;
    seen += count;
    median = bits;
  }
  if (median >= 16) return 'f32';
  return median <= 5 ? 'q4' : 'q8';
}

const megabytes = (bytes: number) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
