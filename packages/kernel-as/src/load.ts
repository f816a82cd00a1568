import type { KernelExports } from './exports.ts';
import { Kernel, type KernelBuild } from './kernel.ts';

export interface LoadKernelOptions {
  /** Default `auto`: `relaxed-simd` where the engine has it, else `simd`. */
  build?: KernelBuild | 'auto';
  /**
   * A module compiled elsewhere, for those who stream `@headwise/kernel/simd.wasm` themselves. It has to be of the build
   * that `build` names, which may then not be `auto`.
   */
  module?: WebAssembly.Module;
}

/** Thrown when the engine can't run the build that was asked for. */
export class UnsupportedBuildError extends Error {
  override readonly name = 'UnsupportedBuildError';
  readonly build: KernelBuild;

  constructor(build: KernelBuild) {
    super(`the ${build} kernel needs WebAssembly ${build}, which this engine does not have`);
    this.build = build;
  }
}

// Two of the smallest modules that only validate where the instructions exist: i8x16.popcnt, i8x16.relaxed_swizzle.
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const PROBES: Readonly<Record<KernelBuild, readonly number[]>> = {
  simd: [...HEADER, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  'relaxed-simd': [...HEADER, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
};

/** Whether this engine can run a build. */
export function supportsBuild(build: KernelBuild): boolean {
  return WebAssembly.validate(new Uint8Array(PROBES[build]));
}

const compiled = new Map<KernelBuild, Promise<WebAssembly.Module>>();

/** The kernel's code, compiled once however many instances there are. Modules can be posted to workers. */
export function compileKernel(build: KernelBuild): Promise<WebAssembly.Module> {
  const known = compiled.get(build);
  if (known) return known;
  if (!supportsBuild(build)) return Promise.reject(new UnsupportedBuildError(build));
  const module = embedded(build).then((bytes) => WebAssembly.compile(bytes));
  compiled.set(build, module);
  // A failure (memory pressure, say) is not remembered: the next call tries again.
  module.catch(() => compiled.delete(build));
  return module;
}

async function embedded(build: KernelBuild): Promise<Uint8Array<ArrayBuffer>> {
  const { base64 } =
    build === 'simd' ? await import('./generated/simd.ts') : await import('./generated/relaxed-simd.ts');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A new instance of the kernel with memory of its own. */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<Kernel> {
  const { build: wanted = 'auto', module } = options;
  if (module && wanted === 'auto')
    throw new TypeError('loadKernel: a module of its own needs its build named');
  const build = wanted === 'auto' ? (supportsBuild('relaxed-simd') ? 'relaxed-simd' : 'simd') : wanted;
  const instance = await WebAssembly.instantiate(module ?? (await compileKernel(build)));
  return new Kernel(build, instance.exports as unknown as KernelExports);
}
