import { HEADER_BYTES, type Llama2cHeader } from './header.ts';
import { llama2cError } from './rules.ts';

/** Shape and location of a tensor of 32-bit floats. */
export interface TensorLocation {
  readonly shape: readonly number[];
  /** Offset of the first byte in the file. */
  readonly start: number;
}

/** A section of the file: one tensor, or the tensors of all layers in order. */
interface LayoutEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly perLayer: boolean;
  /** Not exposed as a tensor: precomputed tables. */
  readonly skip?: boolean;
}

const FLOAT_BYTES = 4;

/**
 * Computes the location of every tensor by its name in Hugging Face's Llama. `weightsEnd` is the offset after the weights.
 *
 * Throws `FormatError` if the weights do not fit into `fileSize` bytes.
 */
export function locateTensors(
  header: Llama2cHeader,
  fileSize: number,
): { tensors: ReadonlyMap<string, TensorLocation>; weightsEnd: number } {
  const layout = fileLayout(header);
  const sizes = layout.map(({ shape, perLayer }) => bytesOf(shape) * (perLayer ? header.numLayers : 1));
  const weightsEnd = sizes.reduce((end, size) => end + size, HEADER_BYTES);
  if (!Number.isSafeInteger(weightsEnd)) {
    throw llama2cError('size-overflow', 'the header specifies too many weights');
  }
  if (weightsEnd > fileSize) {
    throw llama2cError(
      'weights-past-end',
      `the header specifies ${weightsEnd} bytes, the file has ${fileSize}: it may be truncated`,
    );
  }
  const tensors = new Map<string, TensorLocation>();
  let start = HEADER_BYTES;
  for (const [i, { name, shape, perLayer, skip }] of layout.entries()) {
    const count = perLayer ? header.numLayers : 1;
    for (let layer = 0; layer < count && !skip; layer++) {
      tensors.set(name.replace('*', String(layer)), { shape, start: start + layer * bytesOf(shape) });
    }
    start += sizes[i]!;
  }
  return { tensors, weightsEnd };
}

function fileLayout(header: Llama2cHeader): LayoutEntry[] {
  const { dim, hiddenDim, numHeads, numKeyValueHeads, vocabSize, sequenceLength } = header;
  const headDim = dim / numHeads;
  const keyValueDim = numKeyValueHeads * headDim;
  const layer = (name: string, ...shape: number[]): LayoutEntry => ({
    name: `model.layers.*.${name}.weight`,
    shape,
    perLayer: true,
  });
  const single = (name: string, ...shape: number[]): LayoutEntry => ({ name, shape, perLayer: false });
  const rotaryTable: LayoutEntry = { ...single('', sequenceLength, headDim / 2), skip: true };
  return [
    single('model.embed_tokens.weight', vocabSize, dim),
    layer('input_layernorm', dim),
    layer('self_attn.q_proj', dim, dim),
    layer('self_attn.k_proj', keyValueDim, dim),
    layer('self_attn.v_proj', keyValueDim, dim),
    layer('self_attn.o_proj', dim, dim),
    layer('post_attention_layernorm', dim),
    layer('mlp.gate_proj', hiddenDim, dim),
    layer('mlp.down_proj', dim, hiddenDim),
    layer('mlp.up_proj', hiddenDim, dim),
    single('model.norm.weight', dim),
    // Cosines and sines of the rotary embeddings, which run.c ignores too.
    rotaryTable,
    rotaryTable,
    ...(header.sharedClassifier ? [] : [single('lm_head.weight', vocabSize, dim)]),
  ];
}

function bytesOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, FLOAT_BYTES);
}
