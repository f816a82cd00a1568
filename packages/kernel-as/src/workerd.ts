// The main entry under the condition `workerd`: that runtime compiles no WebAssembly while it runs. Its bundlers import `.wasm` files as compiled modules.
import extendedRelaxedSimd from './extended-relaxed-simd.wasm';
import extendedSimd from './extended-simd.wasm';
import * as kernel from './index.ts';
import type { Kernel, KernelBuild } from './kernel.ts';
import relaxedSimd from './relaxed-simd.wasm';
import simd from './simd.wasm';

type Modules = Readonly<Record<KernelBuild, WebAssembly.Module>>;

const kernels: Modules = { simd, 'relaxed-simd': relaxedSimd };
const extensions: Modules = { simd: extendedSimd, 'relaxed-simd': extendedRelaxedSimd };

export * from './index.ts';

/** As `compileKernel` elsewhere: the module, which is compiled. */
export async function compileKernel(build: KernelBuild): Promise<WebAssembly.Module> {
  return kernels[build];
}

/** As `compileExtendedFunctions` elsewhere: the module, which is compiled. */
export async function compileExtendedFunctions(build: KernelBuild): Promise<WebAssembly.Module> {
  return extensions[build];
}

/** As `loadKernel` elsewhere. */
export async function loadKernel(options: kernel.LoadKernelOptions = {}): Promise<Kernel> {
  // Where it is no object, the error says so.
  const { build = 'auto', module, extended = true } = Object(options) as kernel.LoadKernelOptions;
  const fastest = kernel.supportsBuild('relaxed-simd') ? 'relaxed-simd' : 'simd';
  const chosen = build === 'auto' && !module ? fastest : build;
  const given = { build: chosen, module: module ?? kernels[chosen as KernelBuild], extended: false };
  const loaded = await kernel.loadKernel(Object(options) === options ? { ...options, ...given } : options);
  if (extended) await loadExtendedFunctions(loaded);
  return loaded;
}

/** As `loadExtendedFunctions` elsewhere. */
export function loadExtendedFunctions(
  loaded: Kernel,
  module: WebAssembly.Module = extensions[loaded.build],
): Promise<void> {
  return kernel.loadExtendedFunctions(loaded, module);
}
