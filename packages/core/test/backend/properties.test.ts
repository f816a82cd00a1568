import { activationCodes } from '@headwise/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { type Backend, createBackend } from '../../src/index.ts';
import { type AttentionParameters, type Operation, operations } from '../operations/index.ts';
import { failures, operationCase } from './lib/case.ts';

// Any shapes and options, beside the grids of conformance.test.ts: fast-check looks for sizes at which a backend differs from the reference, and makes
// what it finds as small as it can.

const reference = new ReferenceBackend();
let backends: Backend[];

beforeAll(async () => {
  backends = [await createBackend('wasm-simd'), await createBackend('wasm-relaxed-simd')];
});

const seed = fc.nat(2 ** 31 - 1);
const upTo = (max: number) => fc.integer({ min: 1, max });
const yesOrNo = fc.boolean();
const activation = fc.constantFrom(...(Object.keys(activationCodes) as (keyof typeof activationCodes)[]));
const epsilon = fc.constantFrom(1e-12, 1e-6, 1e-5, 1e-3);
const rows = { rows: fc.nat(40), width: upTo(150), strided: yesOrNo, seed };

/** Attention of up to three sequences, of one query or more, beside a bias and the options that exclude each other or not. */
const attention: Arbitrary<AttentionParameters & { seed: number }> = fc
  .record({
    groups: upTo(3),
    keyValueHeads: upTo(3),
    headDim: upTo(40),
    valueDim: upTo(40),
    lengths: fc.array(fc.tuple(fc.nat(20), fc.nat(30)), { minLength: 1, maxLength: 3 }),
    ranges: fc.constantFrom(undefined, 'contiguous' as const, 'apart' as const, 'overlapping' as const),
    causal: yesOrNo,
    window: fc.option(fc.nat(12), { nil: undefined }),
    softCap: fc.option(fc.constantFrom(1, 5, 50), { nil: undefined }),
    scale: fc.option(fc.constantFrom(0.1, 1), { nil: undefined }),
    bias: fc.option(
      fc.record({
        batch: yesOrNo,
        head: yesOrNo,
        query: yesOrNo,
        masked: fc.constantFrom('nothing' as const, 'keys' as const, 'ends' as const, 'queries' as const),
      }),
      { nil: undefined },
    ),
    strided: yesOrNo,
    seed,
  })
  .map(({ groups, lengths, causal, window, ...more }) => {
    // A query of a causal layer comes at the end of its keys.
    const queries = lengths.map(([query]) => query);
    const keys = lengths.map(([query, other]) => query + other);
    const starts = lengths.map(([, other]) => other);
    return Object.fromEntries(
      Object.entries({
        ...more,
        heads: groups * more.keyValueHeads,
        queries,
        keys,
        ...(causal && { causal, starts }),
        ...(causal && { window }),
      }).filter(([, value]) => value !== undefined),
    ) as unknown as AttentionParameters & { seed: number };
  });

const CASES: readonly [string, Operation<never, never>, Arbitrary<{ readonly seed: number }>][] = [
  [
    'linear',
    operations.linear,
    fc.record({
      rows: fc.nat(50),
      inFeatures: upTo(150),
      outFeatures: upTo(110),
      activation,
      bias: yesOrNo,
      residual: yesOrNo,
      strided: yesOrNo,
      seed,
    }),
  ],
  ['softmax', operations.softmax, fc.record({ ...rows, limit: fc.constantFrom(0, 4, 80) })],
  ['layerNorm', operations.layerNorm, fc.record({ ...rows, epsilon, offset: fc.constantFrom(0, 10) })],
  ['rmsNorm', operations.rmsNorm, fc.record({ ...rows, epsilon })],
  ['l2Normalize', operations.l2Normalize, fc.record(rows)],
  ['gate', operations.gate, fc.record({ ...rows, activation })],
  [
    'activate',
    operations.activate,
    fc.record({ shape: fc.array(upTo(20), { minLength: 1, maxLength: 3 }), activation, seed }),
  ],
  [
    'meanPool',
    operations.meanPool,
    fc.record({
      lengths: fc.array(upTo(30), { minLength: 1, maxLength: 5 }),
      width: upTo(70),
      strided: yesOrNo,
      normalize: yesOrNo,
      seed,
    }),
  ],
  [
    'rotary',
    operations.rotary,
    fc
      .record({
        rows: fc.nat(12),
        heads: upTo(4),
        pairs: upTo(20),
        rest: fc.nat(8),
        layout: fc.constantFrom('half' as const, 'interleaved' as const),
        positions: fc.option(upTo(50), { nil: undefined }),
        strided: yesOrNo,
        seed,
      })
      .map(({ rest, positions, ...more }) => ({
        ...more,
        headDim: 2 * more.pairs + rest,
        ...(positions && { positions }),
      })),
  ],
  [
    'lstmGates',
    operations.lstmGates,
    fc.record({ rows: fc.nat(12), hiddenSize: upTo(70), strided: yesOrNo, seed }),
  ],
  [
    'gruGates',
    operations.gruGates,
    fc.record({ rows: fc.nat(12), hiddenSize: upTo(70), strided: yesOrNo, seed }),
  ],
  ['attention', operations.attention, attention],
] as never;

describe('any shapes and options', () => {
  it.each(CASES)('of %s give what the reference gives', (_, operation, parameters) => {
    fc.assert(
      fc.property(parameters, (drawn) => {
        expect(failures([operationCase(operation, drawn as never)], reference, backends)).toEqual([]);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
