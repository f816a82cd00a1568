import { LIMITS } from '../../limits.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import { GgmlReader } from './reader.ts';
import { ggmlError } from './rules.ts';
import { hubName } from './tensor-names.ts';

/** A tensor of a file. */
export interface GgmlTensor {
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  /** Offset of the first byte. */
  readonly start: number;
}

/** A Whisper of whisper.cpp: sizes, vocabulary, and where the weights are. */
export interface GgmlHeader {
  readonly vocabSize: number;
  readonly sourcePositions: number;
  readonly hiddenSize: number;
  readonly encoderHeads: number;
  readonly encoderLayers: number;
  readonly targetPositions: number;
  readonly decoderHeads: number;
  readonly decoderLayers: number;
  readonly melBins: number;
  /** The file's own filters, `[melBins, spectrum]`. */
  readonly filters: { readonly spectrum: number; readonly data: Float32Array };
  /** Bytes of each piece; its id is its index. */
  readonly pieces: readonly Uint8Array[];
  /** By their names in Hugging Face's checkpoints. */
  readonly tensors: ReadonlyMap<string, GgmlTensor>;
}

const MAGIC = 0x67676d6c;
const MAX_AXES = 4;
const MAX_NAME = 256;

/** Whether a file begins as those of whisper.cpp do. */
export async function isGgml(source: ByteSource): Promise<boolean> {
  if (source.size < 4) return false;
  const bytes = await source.read(0, 4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === MAGIC;
}

/** Reads everything but the weights. Rejects with `FormatError` for the {@link GgmlRule} that the file breaks. */
export async function readGgmlHeader(source: ByteSource): Promise<GgmlHeader> {
  const reader = new GgmlReader(source);
  const [magic] = await reader.integers(1, 'the magic number');
  if (magic !== MAGIC) {
    throw ggmlError(
      'not-ggml',
      `expected the number 0x${MAGIC.toString(16)}, got 0x${(magic! >>> 0).toString(16)}`,
    );
  }
  const sizes = await reader.integers(11, 'the sizes');
  const [vocabSize, sourcePositions, hiddenSize, encoderHeads, encoderLayers] = sizes as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [targetPositions, decoderSize, decoderHeads, decoderLayers, melBins] = sizes.slice(5) as [
    number,
    number,
    number,
    number,
    number,
  ];
  checkSizes({ vocabSize, sourcePositions, hiddenSize, targetPositions, decoderSize, melBins }, LIMITS.size);
  checkSizes({ encoderHeads, decoderHeads }, LIMITS.heads);
  checkSizes({ encoderLayers, decoderLayers }, LIMITS.layers);
  if (decoderSize !== hiddenSize) {
    throw ggmlError(
      'invalid-size',
      `encoder and decoder must have the same size, got ${hiddenSize} and ${decoderSize}`,
    );
  }
  const filters = await readFilters(reader, melBins);
  const pieces = await readPieces(reader);
  const tensors = await readTensors(reader);
  return {
    ...{ vocabSize, sourcePositions, hiddenSize, encoderHeads, encoderLayers, targetPositions },
    ...{ decoderHeads, decoderLayers, melBins, filters, pieces, tensors },
  };
}

function checkSizes(sizes: Readonly<Record<string, number>>, most: number): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (size >= 1 && size <= most) continue;
    throw ggmlError('invalid-size', `${name} must be from 1 to ${most}, got ${size}`);
  }
}

async function readFilters(reader: GgmlReader, melBins: number): Promise<GgmlHeader['filters']> {
  const [bins = 0, spectrum = 0] = await reader.integers(2, 'the sizes of the filters');
  checkSizes({ bins, spectrum }, LIMITS.size);
  if (bins !== melBins) throw ggmlError('invalid-size', `expected ${melBins} filters, got ${bins}`);
  const bytes = await reader.bytes(4 * bins * spectrum, 'the filters');
  return { spectrum, data: new Float32Array(new Uint8Array(bytes).buffer) };
}

async function readPieces(reader: GgmlReader): Promise<Uint8Array[]> {
  const [count = 0] = await reader.integers(1, 'the number of pieces');
  // A piece has at least the four bytes of its length.
  const most = Math.min(LIMITS.size, Math.floor((reader.size - reader.position) / 4));
  checkSizes({ pieces: count }, most);
  const pieces: Uint8Array[] = [];
  for (let id = 0; id < count; id++) {
    const [length = 0] = await reader.integers(1, `the length of piece ${id}`);
    if (length < 0) throw ggmlError('invalid-size', `piece ${id} has ${length} bytes`);
    pieces.push(new Uint8Array(await reader.bytes(length, `piece ${id}`)));
  }
  return pieces;
}

async function readTensors(reader: GgmlReader): Promise<Map<string, GgmlTensor>> {
  const tensors = new Map<string, GgmlTensor>();
  const decoder = new TextDecoder();
  while (reader.position < reader.size) {
    const what = `tensor ${tensors.size}`;
    const [axes = 0, nameLength = 0, type = 0] = await reader.integers(3, what);
    if (axes < 1 || axes > MAX_AXES || nameLength < 1 || nameLength > MAX_NAME) {
      throw ggmlError('invalid-tensor', `${what} has ${axes} axes and a name of ${nameLength} bytes`);
    }
    // The innermost axis comes first.
    const shape = (await reader.integers(axes, what)).reverse();
    const stored = decoder.decode(await reader.bytes(nameLength, what));
    checkSizes(
      Object.fromEntries(shape.map((size, axis) => [`axis ${axis} of ${stored}`, size])),
      LIMITS.size,
    );
    if (type !== 0 && type !== 1) {
      throw ggmlError(
        'unsupported-type',
        `${stored} has the type ${type}; only f32 (0) and f16 (1) are read, use the file without quantisation`,
      );
    }
    const name = hubName(stored);
    if (name === undefined)
      throw ggmlError('invalid-tensor', `a Whisper has no tensor ${JSON.stringify(stored)}`);
    if (tensors.has(name)) throw ggmlError('duplicate-tensor', `the tensor ${stored} occurs twice`);
    const start = reader.position;
    const count = shape.reduce((product, size) => product * size, 1);
    reader.skip(count * (type === 0 ? 4 : 2), stored);
    // Biases of convolutions are columns.
    const isColumn = stored.endsWith('.bias') && shape.length === 2 && shape[1] === 1;
    tensors.set(name, { dtype: type === 0 ? 'F32' : 'F16', shape: isColumn ? [shape[0]!] : shape, start });
  }
  return tensors;
}
