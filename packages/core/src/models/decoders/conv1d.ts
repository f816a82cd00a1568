import { ShapeError } from '../../errors.ts';
import { bitsOf } from '../../weights/dtypes.ts';
import { transpose } from '../../weights/transpose.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';

/** A linear layer stored as Hugging Face's `Conv1D` (GPT-2): its weight is `[in, out]`. */
export interface Conv1dLayer {
  /** The layer's name in the checkpoint. */
  readonly name: string;
  /** Names for the layers whose outputs are concatenated in it, of equal sizes. Default: one layer of the same name. */
  readonly parts?: readonly string[];
}

/** Where the checkpoint has a renamed tensor. */
interface Location {
  readonly name: string;
  readonly part: number;
  readonly parts: number;
  readonly transposed: boolean;
}

/**
 * A view of a checkpoint in which `Conv1D` layers are linear layers: weights are transposed to `[out, in]`, and concatenated layers are split.
 * Error messages about missing tensors use the names in the checkpoint.
 */
export function withoutConv1d(checkpoint: Checkpoint, layers: readonly Conv1dLayer[]): Checkpoint {
  const locations = new Map<string, Location>();
  const replaced = new Set<string>();
  for (const { name, parts = [name] } of layers) {
    for (const kind of ['weight', 'bias']) {
      const original = `${name}.${kind}`;
      replaced.add(original);
      for (const [part, partName] of parts.entries()) {
        const transposed = kind === 'weight';
        locations.set(`${partName}.${kind}`, { name: original, part, parts: parts.length, transposed });
      }
    }
  }
  const known = new Set(checkpoint.names);
  const names = [
    ...checkpoint.names.filter((name) => !replaced.has(name)),
    ...[...locations].filter(([, { name }]) => known.has(name)).map(([partName]) => partName),
  ];
  return {
    names,
    info: (name) => {
      const location = locations.get(name);
      return location ? infoOf(checkpoint, location) : checkpoint.info(name);
    },
    read: (name, slice) => {
      const location = locations.get(name);
      return location ? readPart(checkpoint, location, slice) : checkpoint.read(name, slice);
    },
  };
}

function infoOf(checkpoint: Checkpoint, { name, part, parts, transposed }: Location): TensorInfo {
  const { dtype, shape, origin } = checkpoint.info(name);
  const axes = transposed ? 2 : 1;
  const out = shape.at(-1) ?? 0;
  if (shape.length !== axes || out % parts !== 0) {
    const wanted = transposed ? '[in, out]' : '[out]';
    const what = parts > 1 ? ` with an out that divides by ${parts}` : '';
    throw new ShapeError(`checkpoint: ${name} must be ${wanted}${what}, is [${shape.join(', ')}]`);
  }
  return {
    dtype,
    shape: transposed ? [out / parts, shape[0]!] : [out / parts],
    ...((origin || transposed) && {
      origin: {
        ...(origin ?? { tensor: name, types: [] }),
        firstRow: (part * out) / parts,
        isTransposed: transposed !== (origin?.isTransposed === true),
      },
    }),
  };
}

async function readPart(
  checkpoint: Checkpoint,
  location: Location,
  slice: TensorSlice | undefined,
): Promise<TensorData> {
  const { shape } = infoOf(checkpoint, location);
  const size = shape[0]!;
  const rows = slice?.axis === 0 ? slice : { from: 0, to: size };
  const first = location.part * size;
  const range = { from: first + rows.from, to: first + rows.to };
  if (!location.transposed) return checkpoint.read(location.name, { axis: 0, ...range });
  const whole = location.parts === 1 && rows.to - rows.from === size;
  const read = await checkpoint.read(location.name, whole ? undefined : { axis: 1, ...range });
  const transposed = transpose(read);
  return slice?.axis === 1 ? columnsOf(transposed, slice) : transposed;
}

function columnsOf({ dtype, shape, bytes }: TensorData, { from, to }: TensorSlice): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const columnBytes = new Uint8Array(rows * (to - from) * width);
  for (let row = 0; row < rows; row++) {
    const start = (row * columns + from) * width;
    columnBytes.set(bytes.subarray(start, start + (to - from) * width), row * (to - from) * width);
  }
  return { dtype, shape: [rows, to - from], bytes: columnBytes };
}
