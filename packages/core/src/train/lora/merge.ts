import { FormatError } from '../../errors.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { checkSlice, readTensor } from '../../weights/slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';
import type { AdapterRule, LoraAdapter, LowRankFactors } from './adapter.ts';
import { isWithin } from './targets.ts';

/** See `LoraAdapter.mergeInto`. */
export function mergedCheckpoint(adapter: LoraAdapter, checkpoint: Checkpoint): Checkpoint {
  const known = new Set(checkpoint.names);
  const nameOf = namesIn(adapter, known);
  const merged = new Map<string, MergedWeight>();
  for (const [layer, factors] of adapter.layers) {
    const name = nameOf(`${layer}.weight`);
    merged.set(name, new MergedWeight(layer, factors, adapter.config.fanInFanOut, checkpoint, name));
  }
  const replaced = new Map([...adapter.replaced].map(([name, values]) => [nameOf(name), values]));
  for (const name of replaced.keys()) {
    const isSaved = adapter.config.modulesToSave?.some((module) => isWithin(module, name));
    if (known.has(name) || isSaved) continue;
    throw new FormatError<AdapterRule>(
      'adapter-unknown-tensor',
      `adapter: ${name} is in neither the checkpoint nor modulesToSave`,
    );
  }
  return {
    names: [...checkpoint.names, ...[...replaced.keys()].filter((name) => !known.has(name))],
    info: (name) => {
      const values = replaced.get(name) ?? merged.get(name);
      return values ? { dtype: 'F32', shape: values.shape } : checkpoint.info(name);
    },
    read: async (name, slice) => {
      const values = replaced.get(name);
      if (values) {
        const { buffer, byteOffset, byteLength } = values.data;
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        return readTensor(memorySource(bytes), 0, { dtype: 'F32', shape: values.shape }, slice);
      }
      return merged.get(name)?.read(slice) ?? checkpoint.read(name, slice);
    },
  };
}

/** A weight of a checkpoint plus s · B · A. */
class MergedWeight {
  readonly shape: readonly number[];
  readonly #factors: LowRankFactors;
  readonly #checkpoint: Checkpoint;
  readonly #name: string;
  /** Whether the weight is `[inFeatures, outFeatures]`. */
  readonly #isTransposed: boolean;

  constructor(
    layer: string,
    factors: LowRankFactors,
    fanInFanOut: boolean | undefined,
    checkpoint: Checkpoint,
    name: string,
  ) {
    const { a, b, isEmbedding } = factors;
    if (!checkpoint.names.includes(name)) {
      throw new FormatError<AdapterRule>(
        'adapter-unknown-target',
        `adapter: the checkpoint has no weight of the layer ${layer}`,
      );
    }
    const { shape } = checkpoint.info(name);
    const [out, width] = [b.shape[0]!, a.shape[1]!];
    const fits = (rows: number, columns: number) =>
      shape.length === 2 && shape[0] === rows && shape[1] === columns;
    // As PEFT, which goes by the class of the layer; the option decides for square weights only.
    const transposed = isEmbedding || (fits(width, out) && (fanInFanOut === true || !fits(out, width)));
    if (!(transposed ? fits(width, out) : fits(out, width))) {
      throw new FormatError<AdapterRule>(
        'adapter-shape',
        `adapter: ${layer} has [${width}] inputs and [${out}] outputs, its weight is [${shape.join(', ')}]`,
      );
    }
    this.shape = shape;
    this.#factors = factors;
    this.#checkpoint = checkpoint;
    this.#name = name;
    this.#isTransposed = transposed;
  }

  async read(slice?: TensorSlice): Promise<TensorData> {
    if (slice) checkSlice(this.info, slice);
    const base = await this.#checkpoint.read(this.#name, slice);
    const [rows = 0, columns = 0] = base.shape;
    const values = toFloat32(base).slice();
    addLowRank(values, this.#factors, {
      rows,
      columns,
      firstRow: slice?.axis === 0 ? slice.from : 0,
      firstColumn: slice?.axis === 1 ? slice.from : 0,
      isTransposed: this.#isTransposed,
    });
    return { dtype: 'F32', shape: base.shape, bytes: new Uint8Array(values.buffer) };
  }

  get info(): TensorInfo {
    return { dtype: 'F32', shape: this.shape };
  }
}

/** A block of a weight matrix. */
interface Block {
  readonly rows: number;
  readonly columns: number;
  readonly firstRow?: number;
  readonly firstColumn?: number;
  /** Whether rows are input features. */
  readonly isTransposed: boolean;
}

/** values += s · B · A, or its transpose, where the sum over r is in float64 and the result is rounded once. */
export function addLowRank(
  values: Float32Array,
  { a, b, scale }: Pick<LowRankFactors, 'a' | 'b' | 'scale'>,
  { rows, columns, firstRow = 0, firstColumn = 0, isTransposed }: Block,
): void {
  const [rank = 0, inFeatures = 0] = a.shape;
  const delta = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    delta.fill(0);
    const index = firstRow + row;
    for (let k = 0; k < rank; k++) {
      const factor = scale * (isTransposed ? a.data[k * inFeatures + index]! : b.data[index * rank + k]!);
      if (factor === 0) continue;
      if (isTransposed) {
        for (let i = 0; i < columns; i++) delta[i]! += factor * b.data[(firstColumn + i) * rank + k]!;
      } else {
        const from = k * inFeatures + firstColumn;
        for (let i = 0; i < columns; i++) delta[i]! += factor * a.data[from + i]!;
      }
    }
    const to = row * columns;
    for (let i = 0; i < columns; i++) values[to + i]! += delta[i]!;
  }
}

/**
 * From the adapter's names to those in the checkpoint, which differ by the prefix of the base model where one was saved with a head and the
 * other without. All layers must have the same difference.
 */
function namesIn(adapter: LoraAdapter, known: ReadonlySet<string>): (name: string) => string {
  const weights = [...adapter.layers.keys()].map((layer) => `${layer}.weight`);
  const hasAll = (nameOf: (name: string) => string) => weights.every((name) => known.has(nameOf(name)));
  if (hasAll((name) => name)) return (name) => name;
  const [first = ''] = weights;
  const own = first.slice(0, first.indexOf('.') + 1);
  const without = (name: string) => (name.startsWith(own) ? name.slice(own.length) : name);
  if (hasAll(without)) return without;
  const end = [...known].find((name) => name.endsWith(`.${first}`));
  const prefix = end?.slice(0, -first.length) ?? '';
  // Heads have no prefix.
  const withPrefix = (name: string) => (known.has(`${prefix}${name}`) ? `${prefix}${name}` : name);
  return hasAll(withPrefix) ? withPrefix : (name) => name;
}
