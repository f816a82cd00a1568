import { beforeAll, describe, expect, it } from 'vitest';
import { type Backend, createBackend } from '../../src/index.ts';
import type { Mask } from '../../src/nn/attention/mask.ts';
import {
  type ScaledDotProductOptions,
  scaledDotProductAttention,
} from '../../src/nn/attention/scaled-dot-product.ts';
import type { FloatArray } from '../../src/nn/torch/float-array.ts';
import { backendNames, difference, fixtureCases, floats, type StoredArray } from '../helpers/fixture.ts';

/** An input: values, or as many draws of the generator from a state on. */
interface StoredInput extends StoredArray {
  readonly draw?: number;
  readonly bool?: boolean;
  readonly i32?: string;
}

/** A case of ONNX's operator; see test/fixtures/make/onnx_attention.py. */
interface OnnxCase {
  readonly name: string;
  readonly attributes: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, StoredInput>>;
  readonly outputs: { readonly Y: StoredArray; readonly qk_matmul_output?: StoredArray };
  /** Whether inputs are 16-bit floats. */
  readonly half: boolean;
}

const cases = fixtureCases<OnnxCase>('onnx-attention');

/** Mulberry32, 24 bits each, from `state` on. */
function draw(state: number, count: number): Float32Array {
  let at = state | 0;
  return Float32Array.from({ length: count }, () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 8) / 2 ** 24;
  });
}

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

function arrayOf({ shape, draw: state, ...stored }: StoredInput): FloatArray {
  if (state === undefined) return floats({ shape, ...stored });
  return {
    shape,
    data: draw(
      state,
      shape.reduce((size, n) => size * n, 1),
    ),
  };
}

/** ONNX's mask, of which true means visible, as ours. Keys that it lacks are excluded. */
function maskOf(stored: StoredInput, keys: number): Mask {
  const isBool = stored.bool || stored.u8 !== undefined;
  const given = stored.u8 === undefined ? arrayOf(stored).data : bytesOf(stored.u8);
  const width = stored.shape.at(-1)!;
  const rows = given.length / width;
  const shape = [...stored.shape.slice(0, -1), keys];
  const at = (i: number) => {
    const key = i % keys;
    return key < width ? given[Math.floor(i / keys) * width + key]! : undefined;
  };
  const length = rows * keys;
  return {
    shape,
    data: isBool
      ? Uint8Array.from({ length }, (_, i) => (at(i) ? 0 : 1))
      : Float32Array.from({ length }, (_, i) => at(i) ?? -Infinity),
  };
}

/** `[batch, length, heads · features]` → `[batch, heads, length, features]`. */
function inHeads(x: FloatArray, heads: number | undefined): FloatArray {
  if (x.shape.length === 4) return x;
  const [batch = 0, length = 0, width = 0] = x.shape;
  const features = width / heads!;
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) {
    const [s, token] = [Math.floor(i / width / length), Math.floor(i / width) % length];
    const [head, d] = [Math.floor((i % width) / features), i % features];
    data[((s * heads! + head) * length + token) * features + d] = x.data[i]!;
  }
  return { data, shape: [batch, heads!, length, features] };
}

/** `[batch, heads, length, features]` → `[batch, length, heads · features]`. */
function besideHeads({ data, shape }: FloatArray): FloatArray {
  const [batch = 0, heads = 0, length = 0, features = 0] = shape;
  const swapped = inHeads({ data, shape: [batch, heads, length * features] }, length).data;
  return { data: swapped, shape: [batch, length, heads * features] };
}

const STAGES = ['scaled', 'capped', 'masked'] as const;

function run(backend: Backend, { attributes, inputs, outputs }: OnnxCase) {
  const { q_num_heads: heads, kv_num_heads: keyValueHeads, softcap, scale } = attributes;
  const query = inHeads(arrayOf(inputs.Q!), heads);
  const [key, value] = [arrayOf(inputs.K!), arrayOf(inputs.V!)].map((x) => inHeads(x, keyValueHeads));
  const past = inputs.past_key && { key: arrayOf(inputs.past_key), value: arrayOf(inputs.past_value!) };
  const keys = key!.shape[2]! + (past?.key.shape[2] ?? 0);
  const side = (size = -1) => (size === -1 ? Infinity : size);
  const lengths = inputs.nonpad_kv_seqlen;
  // Mode 0 of the reference implementation is of capped scores if there is a cap.
  const mode = attributes.qk_matmul_output_mode || (softcap ? 1 : 0);
  const options: ScaledDotProductOptions = {
    isCausal: Boolean(attributes.is_causal),
    window: [side(attributes.left_window_size), side(attributes.right_window_size)],
    ...(scale !== undefined && { scale }),
    ...(softcap && { softCap: softcap }),
    ...(inputs.attn_mask && { attnMask: maskOf(inputs.attn_mask, keys) }),
    ...(past && { past }),
    ...(lengths && { keyLengths: new Int32Array(bytesOf(lengths.i32!).buffer) }),
    ...(outputs.qk_matmul_output && (mode === 3 ? { needWeights: true } : { needScores: STAGES[mode]! })),
  };
  const result = scaledDotProductAttention(backend, query, key!, value!, options);
  return { ...result, output: inputs.Q!.shape.length === 3 ? besideHeads(result.output) : result.output };
}

/** The largest difference; infinities must be the same. */
function scoreDifference(got: Float32Array, want: Float32Array): number {
  expect(got.map((x) => (Number.isFinite(x) ? 0 : x))).toEqual(want.map((x) => (Number.isFinite(x) ? 0 : x)));
  const finite = (list: Float32Array) => list.map((x) => (Number.isFinite(x) ? x : 0));
  return difference(finite(got), finite(want));
}

describe.each(backendNames)('ONNX’s cases of Attention on %s', (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend(name);
  });

  it('has all 87 cases of the suite', () => {
    expect(cases).toHaveLength(87);
  });

  it.each(cases.map((one) => [one.name, one] as const))('gives the output of %s', (_, one) => {
    const { output, scores, weights, present } = run(backend, one);
    const tolerance = one.half ? 2e-3 : 1e-5;
    expect(output.shape).toEqual(one.outputs.Y.shape);
    expect(difference(output.data, floats(one.outputs.Y).data)).toBeLessThanOrEqual(tolerance);
    const { qk_matmul_output: wanted } = one.outputs;
    if (wanted) {
      const got = scores ?? weights!;
      expect(got.shape).toEqual(wanted.shape);
      expect(scoreDifference(got.data, floats(wanted).data)).toBeLessThanOrEqual(tolerance);
    }
    expect(present !== undefined).toBe(one.inputs.past_key !== undefined);
    if (present)
      expect(present.key.shape[2]).toBe(one.inputs.past_key!.shape[2]! + (one.inputs.K!.shape.at(-2) ?? 0));
  });
});
