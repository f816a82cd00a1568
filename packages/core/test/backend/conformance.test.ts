import { type KernelBuild, loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { type Backend, createBackend } from '../../src/index.ts';
import { attentionCases } from './cases/attention-grid.ts';
import { convolutionCases } from './cases/convolution.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { gateCases } from './cases/gates.ts';
import { linearCases } from './cases/linear.ts';
import { normCases } from './cases/norms.ts';
import { quantizedCases } from './cases/quantized.ts';
import { recurrentCases } from './cases/recurrent.ts';
import { rotaryCases } from './cases/rotary.ts';
import { rowCases } from './cases/rows.ts';
import { vectorCases } from './cases/vectors.ts';
import { viewCases } from './cases/views.ts';
import { failures } from './lib/case.ts';

// Conformance, after ggml's test-backend-ops: every operation over a grid of sizes and options, all backends compared with the reference.
// A failing case prints its operation, parameters and seed; lib/case.ts states how to run it alone.

const groups = {
  ...linearCases,
  ...convolutionCases,
  ...quantizedCases,
  ...elementwiseCases,
  ...gateCases,
  ...normCases,
  ...rowCases,
  ...viewCases,
  ...rotaryCases,
  ...vectorCases,
  ...recurrentCases,
  ...attentionCases,
};

const reference = new ReferenceBackend();
let backends: Backend[];

beforeAll(async () => {
  const wide = (build: KernelBuild) =>
    loadKernel({ build, wide: true }).then((kernel) => new WasmBackend(kernel));
  backends = [
    await createBackend('wasm-simd'),
    await createBackend('wasm-relaxed-simd'),
    await wide('simd'),
    await wide('relaxed-simd'),
  ];
});

describe('every backend matches the reference', () => {
  it.each(Object.entries(groups).map(([name, cases]) => ({ name, count: cases.length, cases })))(
    '$name, $count cases',
    ({ cases }) => {
      const lines = failures(cases, reference, backends);
      const first = lines.slice(0, 5).join('\n');
      expect.soft(lines.length, `${lines.length} mismatches, the first of them:\n${first}\n`).toBe(0);
    },
    120_000,
  );

  it('has at least 5,000 attention cases, all distinct', () => {
    const names = Object.values(attentionCases).flatMap((cases) => cases.map(({ name }) => name));
    expect(new Set(names).size).toBeGreaterThanOrEqual(5000);
    const all = Object.values(groups).flatMap((cases) => cases.map(({ name }) => name));
    expect(new Set(all).size).toBe(all.length);
  });
});

afterAll(() => {
  for (const backend of [reference, ...backends]) expect(backend.weightBytes).toBe(0);
});
