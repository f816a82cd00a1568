import type { Kernel, KernelBuild } from '../kernel.ts';
import { moduleCache } from '../modules.ts';
import type { TrainingExports } from './exports.ts';

const compile = moduleCache((build) =>
  build === 'simd'
    ? import('../generated/training-simd.ts')
    : import('../generated/training-relaxed-simd.ts'),
);

/**
 * Compiles the training module. Each build is compiled once; later calls return the same module, which can be posted to workers.
 *
 * Throws `UnsupportedBuildError` if the engine does not support the build.
 */
export function compileTrainingKernel(build: KernelBuild): Promise<WebAssembly.Module> {
  return compile(build);
}

/**
 * Creates an instance of the training module, of the kernel's build, whose functions work on the kernel's memory: addresses are those of
 * `kernel.memory` and `kernel.stack`.
 *
 * @param module the training module of the kernel's build, if the caller has compiled it. Default {@link compileTrainingKernel}
 */
export async function loadTrainingKernel(
  kernel: Kernel,
  module?: WebAssembly.Module,
): Promise<TrainingExports> {
  const instance = await WebAssembly.instantiate(module ?? (await compile(kernel.build)), {
    env: { memory: kernel.exports.memory },
  });
  return instance.exports as unknown as TrainingExports;
}
