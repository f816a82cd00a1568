import type { WeightType } from '../backend/backend.ts';
import { toFloat32 } from '../weights/convert.ts';
import { bitsOf } from '../weights/dtypes.ts';
import { float16Bits } from '../weights/float16.ts';
import type { QuantizedConfig, QuantizedTensor } from '../weights/quantized/config.ts';
import { quantizeRows } from '../weights/quantized/quantize.ts';
import { type QuantizedType, quantizedNames, rowBytes, rowScales } from '../weights/quantized/rows.ts';
import { safetensorsHeader } from '../weights/safetensors/write.ts';
import { transpose } from '../weights/transpose.ts';
import type { Checkpoint, TensorInfo, TensorSlice } from '../weights/types.ts';
import type { TensorUse } from './record-use.ts';

/** Values that are converted at a time. */
const PART_VALUES = 1 << 20;

/** A file whose size is known before its content is computed, part by part. */
export interface StreamedFile {
  readonly size: number;
  parts(): AsyncIterable<Uint8Array>;
}

/** A tensor of the file, and what computes its bytes. */
interface Entry extends TensorInfo {
  readonly name: string;
  parts(): AsyncIterable<Uint8Array>;
}

/** The safetensors file with the weights as a model keeps them, and the `quantization_config` that describes it. */
export function weightsFile(
  checkpoint: Checkpoint,
  uses: readonly (readonly [name: string, use: TensorUse])[],
  dtype: WeightType,
): { readonly file: StreamedFile; readonly config: QuantizedConfig } {
  const entries: Entry[] = [];
  const tensors = new Map<string, QuantizedTensor>();
  for (const [name, { types, isTransposed }] of uses) {
    const { shape } = checkpoint.info(name);
    const isQuantized = (type: WeightType): type is QuantizedType => type === 'q8' || type === 'q4';
    const quantized = [...types].filter(isQuantized);
    if (types.has('f32')) entries.push(floatEntry(checkpoint, name));
    else if (types.has('f16')) entries.push(halfEntry(checkpoint, name));
    if (quantized.length === 0) continue;
    const [first, second] = shape as [number, number];
    tensors.set(name, {
      shape: isTransposed ? [second, first] : [first, second],
      types: quantized,
      transposed: isTransposed,
    });
    for (const type of quantized) entries.push(...quantizedEntries(checkpoint, name, type, isTransposed));
  }
  const { header, size } = safetensorsHeader(
    entries.map((entry) => [entry.name, entry]),
    [['format', 'headwise']],
  );
  const file: StreamedFile = {
    size,
    async *parts() {
      yield header;
      for (const entry of entries) yield* entry.parts();
    },
  };
  return { file, config: { dtype, tensors } };
}

/** A tensor as it is. */
function floatEntry(checkpoint: Checkpoint, name: string): Entry {
  const { dtype, shape } = checkpoint.info(name);
  return { name, dtype, shape, parts: () => storedParts(checkpoint, name, { dtype, shape }) };
}

async function* storedParts(
  checkpoint: Checkpoint,
  name: string,
  { dtype, shape }: TensorInfo,
): AsyncIterable<Uint8Array> {
  const canSlice = shape.length > 0 && bitsOf(dtype) % 8 === 0;
  if (!canSlice) yield (await checkpoint.read(name)).bytes;
  else for (const slice of slicesOf(shape)) yield (await checkpoint.read(name, slice)).bytes;
}

/** A tensor in 16-bit floats. */
function halfEntry(checkpoint: Checkpoint, name: string): Entry {
  const { dtype, shape } = checkpoint.info(name);
  if (dtype === 'F16') return floatEntry(checkpoint, name);
  return {
    name,
    dtype: 'F16',
    shape,
    async *parts() {
      for (const slice of slicesOf(shape)) {
        const halves = Uint16Array.from(toFloat32(await checkpoint.read(name, slice)), float16Bits);
        yield new Uint8Array(halves.buffer);
      }
    },
  };
}

/** The values and the scales of a matrix. */
function quantizedEntries(
  checkpoint: Checkpoint,
  name: string,
  dtype: QuantizedType,
  transposed: boolean,
): Entry[] {
  const { shape: given, origin } = checkpoint.info(name);
  // What the file has already is not rounded again.
  const stored =
    origin?.types.includes(dtype) && (origin.isTransposed === true) === transposed
      ? origin.tensor
      : undefined;
  const [rows, columns] = (transposed ? [given[1], given[0]] : given) as [number, number];
  const [valuesName, scalesName] = quantizedNames(name, dtype);
  const values = {
    dtype: dtype === 'q8' ? ('I8' as const) : ('U8' as const),
    shape: [rows, rowBytes(dtype, columns)],
  };
  const scales = {
    dtype: 'F32' as const,
    shape: dtype === 'q8' ? [rows] : [rows, rowScales(dtype, columns)],
  };
  if (stored !== undefined) {
    const [storedValues, storedScales] = quantizedNames(stored, dtype);
    return [
      { name: valuesName, ...values, parts: () => storedParts(checkpoint, storedValues, values) },
      { name: scalesName, ...scales, parts: () => storedParts(checkpoint, storedScales, scales) },
    ];
  }
  let computed: Float32Array[] = [];
  return [
    {
      name: valuesName,
      ...values,
      async *parts() {
        computed = [];
        for (const slice of slicesOf([rows, columns])) {
          const data = transposed
            ? transpose(await checkpoint.read(name, { ...slice, axis: 1 }))
            : await checkpoint.read(name, slice);
          const quantized = quantizeRows(toFloat32(data), columns, dtype);
          computed.push(quantized.scales);
          yield quantized.values;
        }
      },
    },
    {
      name: scalesName,
      ...scales,
      async *parts() {
        for (const part of computed) yield new Uint8Array(part.buffer);
        computed = [];
      },
    },
  ];
}

/** Slices of the first axis of about {@link PART_VALUES} values. */
function* slicesOf(shape: readonly number[]): Iterable<TensorSlice> {
  const [size = 0, ...rest] = shape;
  const width = rest.reduce((product, length) => product * length, 1);
  const step = Math.max(1, Math.floor(PART_VALUES / Math.max(1, width)));
  for (let from = 0; from < size; from += step) yield { axis: 0, from, to: Math.min(size, from + step) };
}
