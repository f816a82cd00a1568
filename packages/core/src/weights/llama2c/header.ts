import { llama2cError } from './rules.ts';

/** The parsed header of a llama2.c file. */
export interface Llama2cHeader {
  readonly dim: number;
  readonly hiddenDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
  readonly vocabSize: number;
  /** Maximum sequence length. */
  readonly sequenceLength: number;
  /** Whether the output head shares the token embeddings. */
  readonly sharedClassifier: boolean;
}

/** Size of the header: seven 32-bit integers. */
export const HEADER_BYTES = 28;

/** `ak42`, the first bytes of version 1 and later. */
const VERSIONED_MAGIC = 0x616b3432;

/** Parses the first {@link HEADER_BYTES} bytes of a file. Throws `FormatError` with the broken `Llama2cRule`. */
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
      'only version 0 of the format is supported; export the model with export.py --version 0',
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
    // A negative size means that the output head has its own weights.
    vocabSize: Math.abs(vocab),
    sequenceLength,
    sharedClassifier: vocab > 0,
  };
  checkHeader(header);
  return header;
}

function checkHeader({ sharedClassifier, ...sizes }: Llama2cHeader): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (size <= 0) throw llama2cError('invalid-size', `${name} must be above 0, got ${size}`);
  }
  const { dim, numHeads, numKeyValueHeads } = sizes;
  if (dim % numHeads !== 0 || (dim / numHeads) % 2 !== 0) {
    throw llama2cError(
      'invalid-heads',
      `dim must be divisible by numHeads with an even quotient, got ${dim} and ${numHeads}`,
    );
  }
  if (numHeads % numKeyValueHeads !== 0) {
    throw llama2cError(
      'invalid-heads',
      `numHeads must be divisible by numKeyValueHeads, got ${numHeads} and ${numKeyValueHeads}`,
    );
  }
}
