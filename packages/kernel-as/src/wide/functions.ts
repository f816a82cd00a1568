import type { Kernel } from '../kernel.ts';
import { moduleCache } from '../modules.ts';

const compile = moduleCache((build) =>
  build === 'simd' ? import('../generated/wide-simd.ts') : import('../generated/wide-relaxed-simd.ts'),
);

/**
 * Replaces functions of `kernel.exports` by those of the module with tiles of 256 bits: products, attention, softmax, activations. The results are the
 * same bits. They are faster where the engine joins neighbouring operations of 128 bits (`joinsOperations`), and slower elsewhere.
 */
export async function loadWideFunctions(kernel: Kernel): Promise<void> {
  const instance = await WebAssembly.instantiate(await compile(kernel.build), {
    env: { memory: kernel.exports.memory },
  });
  kernel.exports = { ...kernel.exports, ...instance.exports };
}
