import { ConfigError } from '../../errors.ts';
import type { CodedTensor, ProbedWeights } from '../parameters/probe.ts';
import type { CodedTensors } from '../parameters/selection.ts';
import type { WeightRun } from '../parameters/weight-source.ts';

/** A linear layer of a checkpoint that is adapted: its weight is a tensor, which the model may have packed together with others. */
export interface AdaptedLayer {
  /** The layer's name in adapter files. */
  readonly module: string;
  readonly tensor: CodedTensor;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Whether the checkpoint has the weight as `[inFeatures, outFeatures]`. */
  readonly isTransposed: boolean;
  readonly rank: number;
  readonly scale: number;
}

/** Where A and B of layers with the same input and scale are in the values of all parameters, stacked for one packed weight. */
export interface LowRankRuns {
  /** Sum of the ranks. */
  readonly rank: number;
  readonly scale: number;
  /** A, one layer's below another's: `[rank, inFeatures]`. */
  readonly down: readonly WeightRun[];
  /** B, each layer's rows where the packed weight has its rows, in the columns of its ranks, zeros elsewhere: `[outFeatures, rank]`. */
  readonly up: readonly WeightRun[];
}

/** Of one row of a packed weight: the tensor and the output feature that it is. */
interface PackedRow {
  readonly tensor: CodedTensor;
  readonly out: number;
  readonly isTransposed: boolean;
}

/** The rows of packed weights that have values of the targets, by the index of the weight. */
export type PackedRows = ReadonlyMap<number, readonly (PackedRow | undefined)[]>;

/**
 * Finds the rows of packed weights that are output features of `targets`. Throws `ConfigError` for a target that is not the weight of a linear
 * layer: one that no linear layer has values of, that is an embedding table, or that is combined otherwise than row by row.
 */
export function packedRows(
  tensors: CodedTensors,
  probed: readonly ProbedWeights[],
  targets: ReadonlySet<CodedTensor>,
): PackedRows {
  const found = new Map<number, readonly (PackedRow | undefined)[]>();
  const missing = new Set(targets);
  for (const [index, weights] of probed.entries()) {
    const used = [...tensors.of(weights)].filter((tensor) => targets.has(tensor));
    if (used.length === 0) continue;
    if (weights.inFeatures === undefined) {
      throw new ConfigError(`LoRA: ${used[0]!.name} is not the weight of a linear layer`);
    }
    found.set(index, rowsOf(tensors, weights, weights.inFeatures, targets));
    for (const tensor of used) missing.delete(tensor);
  }
  const [unused] = missing;
  if (unused) throw new ConfigError(`LoRA: the model has no linear layer with the weight ${unused.name}`);
  return found;
}

function rowsOf(
  tensors: CodedTensors,
  { size, runs }: ProbedWeights,
  width: number,
  targets: ReadonlySet<CodedTensor>,
): readonly (PackedRow | undefined)[] {
  // Indices of values plus 1; 0 where the weight is zero.
  const codes = new Float64Array(size);
  for (const { to, from, step, length } of runs ?? []) {
    for (let i = 0; i < length; i++) codes[to + i] = from + i * step + 1;
  }
  return Array.from({ length: size / width }, (_, row) => {
    const own = codes.subarray(row * width, (row + 1) * width);
    const step = width > 1 ? own[1]! - own[0]! : 1;
    const isProgression = own[0]! > 0 && own.every((code, i) => code === own[0]! + i * step);
    // The ends of a progression within one tensor suffice.
    const ends = isProgression ? [own[0]!, own[width - 1]!] : own.filter((code) => code > 0);
    const used = new Set(Array.from(ends, (code) => tensors.at(code - 1)));
    const target = [...used].find((tensor) => targets.has(tensor));
    if (!target) return undefined;
    const [height = 0, columns = 0] = target.shape;
    const first = own[0]! - target.firstCode;
    const isMatrix = isProgression && used.size === 1 && target.shape.length === 2;
    const isRow = isMatrix && columns === width && first % columns === 0 && step === 1;
    const isColumn = isMatrix && height === width && first < columns && step === columns;
    if (!isRow && !isColumn) {
      throw new ConfigError(`LoRA: the model does not use ${target.name} as the weight of a linear layer`);
    }
    return { tensor: target, out: isRow ? first / columns : first, isTransposed: !isRow };
  });
}

/** Input and output features of a target, by the first row that is found of it. */
export function layerShape(rows: PackedRows, tensor: CodedTensor) {
  for (const packed of rows.values()) {
    const row = packed.find((one) => one?.tensor === tensor);
    if (!row) continue;
    const [height = 0, columns = 0] = tensor.shape;
    const { isTransposed } = row;
    return isTransposed
      ? { isTransposed, inFeatures: height, outFeatures: columns }
      : { isTransposed, inFeatures: columns, outFeatures: height };
  }
  throw new ConfigError(`LoRA: the model has no linear layer with the weight ${tensor.name}`);
}

/** Where the values of A and B begin among those of all parameters. */
export interface FactorOffsets {
  readonly a: number;
  readonly b: number;
}

/** Stacks the factors of the layers in one packed weight, those of equal scale together. */
export function lowRankRuns(
  rows: readonly (PackedRow | undefined)[],
  inFeatures: number,
  layers: ReadonlyMap<CodedTensor, AdaptedLayer>,
  offsets: ReadonlyMap<CodedTensor, FactorOffsets>,
): readonly LowRankRuns[] {
  const inWeight = new Set(rows.flatMap((row) => (row ? [layers.get(row.tensor)!] : [])));
  const scales = new Set([...inWeight].map(({ scale }) => scale));
  return [...scales].map((scale) => {
    const group = [...inWeight].filter((layer) => layer.scale === scale);
    const rank = group.reduce((sum, layer) => sum + layer.rank, 0);
    const columns = new Map<CodedTensor, number>();
    const down: WeightRun[] = [];
    let column = 0;
    for (const layer of group) {
      columns.set(layer.tensor, column);
      const length = layer.rank * inFeatures;
      down.push({ to: column * inFeatures, from: offsets.get(layer.tensor)!.a, step: 1, length });
      column += layer.rank;
    }
    const up: WeightRun[] = [];
    for (const [index, row] of rows.entries()) {
      const first = row && columns.get(row.tensor);
      if (first === undefined) continue;
      const { rank: length } = layers.get(row!.tensor)!;
      const from = offsets.get(row!.tensor)!.b + row!.out * length;
      append(up, { to: index * rank + first, from, step: 1, length });
    }
    return { rank, scale, down, up };
  });
}

/** Adds a run, or lengthens the last one. */
function append(runs: WeightRun[], run: WeightRun): void {
  const last = runs.at(-1);
  if (last && run.to === last.to + last.length && run.from === last.from + last.length) {
    runs[runs.length - 1] = { ...last, length: last.length + run.length };
  } else runs.push(run);
}
