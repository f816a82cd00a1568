/**
 * Decodes `blocks` blocks that begin at byte `from` into `out`, from index `at` on. Every value is rounded to 32 bits once; ggml's own code
 * gives the same bits, for its intermediate products are exact.
 */
export type BlockDecoder = (
  bytes: Uint8Array,
  from: number,
  blocks: number,
  out: Float32Array,
  at: number,
) => void;
