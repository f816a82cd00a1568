import { FormatError } from '../../errors.ts';
import { withCurrentNames } from '../../models/checkpoint-names.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import { checkpointOf, overlaidCheckpoint } from '../../nn/torch/state-dict.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { checkSlice } from '../../weights/slice.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';
import { type AdapterContents, type AdapterRule, addLowRank, type LowRankFactors } from './low-rank.ts';
import { isWithin } from './targets.ts';

/** See `LoraAdapter.mergeInto`. */
export function mergedCheckpoint(adapter: AdapterContents, stored: Checkpoint): Checkpoint {
  const checkpoint = withCurrentNames(stored);
  const nameOf = namesInCheckpoint(adapter, new Set(checkpoint.names));
  const merged = new Map<string, MergedWeight>();
  for (const [layer, factors] of adapter.layers) {
    const name = nameOf(`${layer}.weight`);
    merged.set(name, new MergedWeight(layer, factors, adapter.config.fanInFanOut, checkpoint, name));
  }
  return overlaidCheckpoint(replacedCheckpoint(adapter, checkpoint), {
    names: [...merged.keys()],
    info: (name) => merged.get(name)!.info,
    read: (name, slice) => merged.get(name)!.read(slice),
  });
}

/** The checkpoint with the modules to save and biases of an adapter, without A and B. */
export function replacedCheckpoint(adapter: AdapterContents, stored: Checkpoint): Checkpoint {
  const checkpoint = withCurrentNames(stored);
  const known = new Set(checkpoint.names);
  const nameOf = namesInCheckpoint(adapter, known);
  const replaced = new Map<string, FloatArray>();
  for (const [name, values] of adapter.replaced) {
    replaced.set(nameOf(name), values);
    const isSaved = adapter.config.modulesToSave?.some((module) => isWithin(module, name));
    if (known.has(nameOf(name)) || isSaved) continue;
    throw new FormatError<AdapterRule>(
      'adapter-unknown-tensor',
      `adapter: ${name} is in neither the checkpoint nor modulesToSave`,
    );
  }
  return overlaidCheckpoint(checkpoint, checkpointOf(replaced));
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

/**
 * From the adapter's names to those in the checkpoint, which differ by the prefix of the base model where one was saved with a head and the
 * other without. All layers must have the same difference.
 */
export function namesInCheckpoint(
  adapter: AdapterContents,
  known: ReadonlySet<string>,
): (name: string) => string {
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
