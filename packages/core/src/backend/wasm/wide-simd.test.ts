import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** What the engine would answer, and what was asked of it. */
const probe = { joins: true, attempts: [] as number[] };
const flags: string[] = [];

/** The modules, imported anew for each test: they remember whether a kernel was compiled. */
async function load() {
  vi.resetModules();
  vi.doMock('@headwise/kernel/wide', async (original) => ({
    ...(await original<typeof import('@headwise/kernel/wide')>()),
    joinsOperations: (attempts: number) => {
      probe.attempts.push(attempts);
      return Promise.resolve(probe.joins);
    },
  }));
  const { usesWideFunctions } = await import('@headwise/kernel');
  const { createBackend } = await import('../create.ts');
  return { ...(await import('./wide-simd.ts')), usesWideFunctions, createBackend };
}

/** A process of another runtime or version. The flag is recorded, not set: it would hold for all tests of this process. */
function processOf(versions: Record<string, string>): void {
  const getBuiltinModule = () => ({ setFlagsFromString: (flag: string) => flags.push(flag) });
  const other = { versions: { value: versions }, getBuiltinModule: { value: getBuiltinModule } };
  vi.stubGlobal('process', Object.create(process, other));
}

beforeEach(() => {
  probe.joins = true;
  probe.attempts.length = 0;
  flags.length = 0;
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('@headwise/kernel/wide');
});

describe('enableWideSimd', () => {
  it.each(['20.19.0', '24.21.0', '25.9.0'])('refuses Node %s, without setting the flag', async (version) => {
    processOf({ node: version });
    const { enableWideSimd, usesWideFunctions } = await load();
    const expected = { name: 'WideSimdError', code: 'ERR_WIDE_SIMD', reason: 'version' };
    await expect(enableWideSimd()).rejects.toMatchObject(expected);
    await expect(enableWideSimd()).rejects.toThrow(`expected Node 26 or newer, got ${version}`);
    expect(flags).toEqual([]);
    expect(usesWideFunctions()).toBe(false);
  });

  it.each([
    ['--experimental-wasm-revectorize', '26.12.1', '14.6.202.34-node.40'],
    ['--wasm-revectorize', '27.0.0', '15.6.10.2-node.1'],
  ])('sets %s in Node %s once, and later kernels have the wide functions', async (flag, node, v8) => {
    processOf({ node, v8 });
    const { enableWideSimd, usesWideFunctions, createBackend } = await load();
    expect(await Promise.all([enableWideSimd(), enableWideSimd()])).toEqual([true, true]);
    expect(flags).toEqual([flag]);
    expect(probe.attempts).toEqual([8]);
    expect(usesWideFunctions()).toBe(true);
    const { loadKernel } = await import('@headwise/kernel');
    const [narrow, backend] = [await loadKernel({ wide: false }), await createBackend()];
    const { kernel } = backend as unknown as { kernel: typeof narrow };
    // Those of the quantised products too, whose module is loaded after the wide one.
    for (const name of ['matmul', 'matmul8', 'attention'] as const) {
      expect(kernel.exports[name]).not.toBe(narrow.exports[name]);
    }
    expect(kernel.exports.matmul8Scratch(64)).toBeLessThan(narrow.exports.matmul8Scratch(64));
    // It holds already.
    expect(await enableWideSimd()).toBe(true);
  });

  it('is of no use where nothing is joined', async () => {
    processOf({ node: '26.12.1', v8: '14.6.202.34-node.40' });
    probe.joins = false;
    const { enableWideSimd, usesWideFunctions } = await load();
    expect(await enableWideSimd()).toBe(false);
    expect(usesWideFunctions()).toBe(false);
  });

  it('refuses Node after a kernel was compiled', async () => {
    processOf({ node: '26.12.1', v8: '14.6.202.34-node.40' });
    const { enableWideSimd, createBackend } = await load();
    await createBackend();
    await expect(enableWideSimd()).rejects.toMatchObject({ code: 'ERR_WIDE_SIMD', reason: 'too-late' });
    expect(flags).toEqual([]);
  });

  it.each([
    ['Bun', { node: '26.0.0', bun: '1.4.5' }],
    ['a browser', {}],
  ])('measures once in %s, where it can set no flag', async (_name, versions) => {
    processOf(versions);
    const { enableWideSimd, usesWideFunctions, createBackend } = await load();
    await createBackend();
    expect(await enableWideSimd()).toBe(true);
    expect(probe.attempts).toEqual([1]);
    expect(flags).toEqual([]);
    expect(usesWideFunctions()).toBe(true);
  });
});

describe('joinsOperations', () => {
  it('is false in an engine without the flag', async () => {
    const { joinsOperations } = await import('@headwise/kernel/wide');
    expect(await joinsOperations(1)).toBe(false);
  });
});
