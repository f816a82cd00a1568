import { HeadwiseError } from './errors.ts';
import type { KernelExports } from './exports.ts';
import { Kernel, type KernelBuild } from './kernel.ts';
import { explain, moduleCache, PROBES, supportsBuild, UnsupportedBuildError } from './modules.ts';

export interface LoadKernelOptions {
  /** Default `auto`: `relaxed-simd` if the engine supports it, else `simd`. */
  build?: KernelBuild | 'auto';
  /**
   * A module compiled by the caller, for example by streaming `@headwise/kernel/simd.wasm`. Requires `build`, which must be the
   * build of the module.
   */
  module?: WebAssembly.Module;
  /** Whether to load the functions for weights in 16, 8 and 4 bits and for recurrent cells too, as {@link loadExtendedFunctions} does. Default true. */
  extended?: boolean;
  /** Whether to load the functions with tiles of 256 bits, as `loadWideFunctions` does. Default: whether `useWideFunctions` was called. */
  wide?: boolean | undefined;
}

/** Whether a kernel was compiled, and what `useWideFunctions` does to those that are loaded. */
export const loader: { compiled: boolean; widen: ((kernel: Kernel) => Promise<void>) | undefined } = {
  compiled: false,
  widen: undefined,
};

/** Whether kernels that are loaded from now on have the functions with tiles of 256 bits, unless they are told otherwise. */
export function usesWideFunctions(): boolean {
  return loader.widen !== undefined;
}

const compile = moduleCache((build) =>
  build === 'simd' ? import('./generated/simd.ts') : import('./generated/relaxed-simd.ts'),
);

const compileExtended = moduleCache((build) =>
  build === 'simd' ? import('./generated/extended-simd.ts') : import('./generated/extended-relaxed-simd.ts'),
);

/**
 * Compiles the kernel. Each build is compiled once; later calls return the same module, which can be posted to workers.
 *
 * Throws `UnsupportedBuildError` if the engine does not support the build.
 */
export function compileKernel(build: KernelBuild): Promise<WebAssembly.Module> {
  loader.compiled = true;
  return compile(build);
}

const invalid = (what: string, got: unknown) =>
  new HeadwiseError('ERR_CONFIG', `loadKernel: ${what}, got ${JSON.stringify(got)}`);

/** Throws `HeadwiseError` (`ERR_CONFIG`) for options that `loadKernel` does not have, and for builds that do not exist. */
function checkOptions(options: LoadKernelOptions): void {
  if (typeof options !== 'object' || options === null) throw invalid('options must be an object', options);
  const { build = 'auto', module, ...flags } = options;
  for (const [name, value] of Object.entries(flags)) {
    if (name !== 'extended' && name !== 'wide')
      throw invalid('the options are build, module, extended and wide', name);
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`${name} must be a boolean`, value);
  }
  if (build !== 'auto' && !Object.hasOwn(PROBES, build))
    throw invalid('build must be one of auto, simd, relaxed-simd', build);
  if (module && build === 'auto') throw invalid('build must be named when module is given', build);
}

/**
 * Creates an instance of the kernel with its own memory.
 *
 * Throws `UnsupportedBuildError` if the engine does not support the build, and `HeadwiseError` (`ERR_CONFIG`) if `module` is given without `build`
 * and for unknown options.
 */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<Kernel> {
  checkOptions(options);
  const { build: choice = 'auto', module, extended = true, wide } = options;
  const build = choice === 'auto' ? (supportsBuild('relaxed-simd') ? 'relaxed-simd' : 'simd') : choice;
  if (!supportsBuild(build)) throw new UnsupportedBuildError(build);
  loader.compiled = true;
  // WebKit compiles what it then refuses to instantiate.
  const instance = await WebAssembly.instantiate(module ?? (await compile(build))).catch(explain);
  const kernel = new Kernel(build, instance.exports as unknown as KernelExports);
  if (extended) await loadExtendedFunctions(kernel);
  if (wide) await (await import('./wide/functions.ts')).loadWideFunctions(kernel);
  else if (wide === undefined) await loader.widen?.(kernel);
  return kernel;
}

/**
 * Compiles the module of the functions for weights in 16, 8 and 4 bits and for recurrent cells. Each build is compiled once; later calls return
 * the same module, which can be posted to workers.
 *
 * Throws `UnsupportedBuildError` if the engine does not support the build.
 */
export function compileExtendedFunctions(build: KernelBuild): Promise<WebAssembly.Module> {
  return compileExtended(build);
}

/**
 * Adds the functions for weights in 16, 8 and 4 bits and for recurrent cells to `kernel.exports`, from a module that works on the kernel's memory.
 * They are separate since a page that runs a transformer in f32 need not download them. Does nothing if the kernel has them.
 *
 * @param module that of the kernel's build, if the caller has compiled it. Default {@link compileExtendedFunctions}
 */
export async function loadExtendedFunctions(kernel: Kernel, module?: WebAssembly.Module): Promise<void> {
  if (hasExtendedFunctions(kernel)) return;
  const instance = await WebAssembly.instantiate(module ?? (await compileExtended(kernel.build)), {
    env: { memory: kernel.exports.memory },
  });
  if (!hasExtendedFunctions(kernel)) {
    // Functions of the wide module stay.
    kernel.exports = { ...(instance.exports as unknown as KernelExports), ...kernel.exports };
  }
}

/** Whether the kernel has the functions for weights in 16, 8 and 4 bits and for recurrent cells. */
export function hasExtendedFunctions(kernel: Kernel): boolean {
  return 'pack8' in kernel.exports;
}
