import { ShapeError } from '../../errors.ts';
import { bitsOf } from '../../weights/dtypes.ts';
import { transpose } from '../../weights/transpose.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../../weights/types.ts';

/** A linear layer that a checkpoint keeps as GPT-2's `Conv1D`: its weight is `[in, out]`. */
export interface Conv1dLayer {
  /** The layer's name in the checkpoint. */
  readonly name: string;
  /** The names of the layers whose outputs stand side by side in it. Default: the layer alone, under its own name. */
  readonly parts?: readonly string[];
}

/** Where a tensor under its new name lies in the checkpoint. */
interface Place {
  readonly name: string;
  readonly part: number;
  readonly parts: number;
  readonly transposed: boolean;
}

/**
 * A checkpoint whose `Conv1D` layers look like other linear layers: with a weight `[out, in]`, and each of several that stand side by side
 * under a name of its own. Errors about missing tensors still use the checkpoint's names.
 */
export function withoutConv1d(checkpoint: Checkpoint, layers: readonly Conv1dLayer[]): Checkpoint {
  const places = new Map<string, Place>();
  const replaced = new Set<string>();
  for (const { name, parts = [name] } of layers) {
    for (const kind of ['weight', 'bias']) {
      const original = `${name}.${kind}`;
      replaced.add(original);
      for (const [part, called] of parts.entries()) {
        const transposed = kind === 'weight';
        places.set(`${called}.${kind}`, { name: original, part, parts: parts.length, transposed });
      }
    }
  }
  const known = new Set(checkpoint.names);
  const names = [
    ...checkpoint.names.filter((name) => !replaced.has(name)),
    ...[...places].filter(([, { name }]) => known.has(name)).map(([called]) => called),
  ];
  return {
    names,
    info: (name) => {
      const place = places.get(name);
      return place ? infoOf(checkpoint, place) : checkpoint.info(name);
    },
    read: (name, slice) => {
      const place = places.get(name);
      return place ? readPart(checkpoint, place, slice) : checkpoint.read(name, slice);
    },
  };
}

function infoOf(checkpoint: Checkpoint, { name, parts, transposed }: Place): TensorInfo {
  const { dtype, shape } = checkpoint.info(name);
  const axes = transposed ? 2 : 1;
  const out = shape.at(-1) ?? 0;
  if (shape.length !== axes || out % parts !== 0) {
    const wanted = transposed ? '[in, out]' : '[out]';
    const what = parts > 1 ? ` with an out that divides by ${parts}` : '';
    throw new ShapeError(`checkpoint: ${name} must be ${wanted}${what}, is [${shape.join(', ')}]`);
  }
  return { dtype, shape: transposed ? [out / parts, shape[0]!] : [out / parts] };
}

async function readPart(
  checkpoint: Checkpoint,
  place: Place,
  slice: TensorSlice | undefined,
): Promise<TensorData> {
  const { shape } = infoOf(checkpoint, place);
  const size = shape[0]!;
  const rows = slice?.axis === 0 ? slice : { from: 0, to: size };
  const first = place.part * size;
  const range = { from: first + rows.from, to: first + rows.to };
  if (!place.transposed) return checkpoint.read(place.name, { axis: 0, ...range });
  const whole = place.parts === 1 && rows.to - rows.from === size;
  const read = await checkpoint.read(place.name, whole ? undefined : { axis: 1, ...range });
  const turned = transpose(read);
  return slice?.axis === 1 ? columnsOf(turned, slice) : turned;
}

function columnsOf({ dtype, shape, bytes }: TensorData, { from, to }: TensorSlice): TensorData {
  const [rows = 0, columns = 0] = shape;
  const width = bitsOf(dtype) / 8;
  const kept = new Uint8Array(rows * (to - from) * width);
  for (let row = 0; row < rows; row++) {
    const start = (row * columns + from) * width;
    kept.set(bytes.subarray(start, start + (to - from) * width), row * (to - from) * width);
  }
  return { dtype, shape: [rows, to - from], bytes: kept };
}
