// Imports nothing of core: tests of other packages read these files, too.

/** An array as test/fixtures/make/common.py writes it. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly f32?: string;
  readonly u8?: string;
}

export function floats({ shape, f32 }: StoredArray): {
  readonly shape: readonly number[];
  readonly data: Float32Array;
} {
  return { shape, data: new Float32Array(Uint8Array.from(Buffer.from(f32!, 'base64')).buffer) };
}
