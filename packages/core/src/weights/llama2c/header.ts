import { llama2cError } from './rules.ts';

/** What a file of llama2.c says of its model. */
export interface Llama2cHeader {
  readonly dim: number;
  readonly hiddenDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  readonly vocabSize: number;
  /** Most tokens that the model was trained on. */
  readonly sequenceLength: number;
  /** Whether the output head has the token embeddings for its weight. */
  readonly sharedClassifier: boolean;
}

/** Seven numbers of 32 bits. */
export const HEADER_BYTES = 28;

const VERSIONED_MAGIC = 0x616b3432;

/** Reads the first {@link HEADER_BYTES} of a file. Throws `FormatError` with the broken `Llama2cRule`. */
export function parseLlama2cHeader(bytes: Uint8Array): Llama2cHeader {
  if (bytes.byteLength < HEADER_BYTES) {
    throw llama2cError(
      'header-too-small',
      `expected at least ${HEADER_BYTES} bytes, the file has ${bytes.byteLength}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const [first, ...others] = Array.from({ length: 7 }, (_, i) => view.getInt32(4 * i, true)) as [
    number,
    ...number[],
  ];
  if (first === VERSIONED_MAGIC) {
    throw llama2cError(
      'later-format',
      'only the first format can be read, which export.py writes as version 0',
    );
  }
  const [hiddenDim, numLayers, numHeads, numKeyValueHeads, vocab, sequenceLength] = others as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const header: Llama2cHeader = {
    dim: first,
    hiddenDim,
    numLayers,
    numHeads,
    numKeyValueHeads,
    // The sign tells whether the output head has weights of its own.
    vocabSize: Math.abs(vocab),
    sequenceLength,
    sharedClassifier: vocab > 0,
  };
  checkHeader(header);
  return header;
}

function checkHeader({ sharedClassifier, ...sizes }: Llama2cHeader): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (size <= 0) throw llama2cError('invalid-size', `${name} must be above 0, is ${size}`);
  }
  const { dim, numHeads, numKeyValueHeads } = sizes;
  if (dim % numHeads !== 0 || (dim / numHeads) % 2 !== 0) {
    throw llama2cError(
      'invalid-heads',
      `${dim} features cannot be shared out to ${numHeads} heads of an even width`,
    );
  }
  if (numHeads % numKeyValueHeads !== 0) {
    throw llama2cError(
      'invalid-heads',
      `${numHeads} heads cannot be shared out to ${numKeyValueHeads} key-value heads`,
    );
  }
}
