import type { Address, KernelExports } from '../exports.ts';
import type { Kernel, KernelBuild } from '../kernel.ts';
import { moduleCache } from '../modules.ts';

/** What only the wide module has: see assembly/wide-probe.ts. */
export interface WideProbe {
  readonly pairsAt: WebAssembly.Global<'i32'>;
  pairs(at: Address, neighbours: number, steps: number): void;
}

const compile = moduleCache((build) =>
  build === 'simd' ? import('../generated/wide-simd.ts') : import('../generated/wide-relaxed-simd.ts'),
);

/** Functions of the wide module on a memory, of which it uses no more than the static data. */
export async function instantiateWide(
  build: KernelBuild,
  memory: WebAssembly.Memory,
): Promise<Partial<KernelExports> & WideProbe> {
  const instance = await WebAssembly.instantiate(await compile(build), { env: { memory } });
  return instance.exports as unknown as Partial<KernelExports> & WideProbe;
}

/**
 * Replaces functions of `kernel.exports` by those of the module with tiles of 256 bits: products, attention, softmax, activations. The results are the
 * same bits. They are faster where the engine joins neighbouring operations of 128 bits (`joinsOperations`), and slower elsewhere.
 */
export async function loadWideFunctions(kernel: Kernel): Promise<void> {
  const { pairs: _, pairsAt: __, ...functions } = await instantiateWide(kernel.build, kernel.exports.memory);
  kernel.exports = { ...kernel.exports, ...functions };
}
