import { HeadwiseError } from './errors.ts';
import type { KernelExports } from './exports.ts';
import { Kernel, type KernelBuild } from './kernel.ts';

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
}

/** Thrown if the engine does not support the instructions of a build. */
export class UnsupportedBuildError extends HeadwiseError {
  readonly build: KernelBuild;

  constructor(build: KernelBuild) {
    super(
      'ERR_UNSUPPORTED_BUILD',
      `the ${build} kernel requires WebAssembly ${build}, which this engine does not support`,
    );
    this.name = 'UnsupportedBuildError';
    this.build = build;
  }
}

// Minimal modules with one instruction of each build: i8x16.popcnt, i8x16.relaxed_swizzle. They validate only if it is supported.
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const PROBES: Readonly<Record<KernelBuild, readonly number[]>> = {
  simd: [...HEADER, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  'relaxed-simd': [...HEADER, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
};

/** Whether this engine supports a build. */
export function supportsBuild(build: KernelBuild): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(PROBES[build]));
}

/** The bytes of a module from the base64 of its zlib stream. */
async function inflate(deflated: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  // Not by `Response` and `Blob`: Node loads its HTTP client for them, which takes several times as long as all the rest of a worker's start.
  const { writable, readable } = new DecompressionStream('deflate');
  const writer = writable.getWriter();
  const [parts] = await Promise.all([partsOf(readable), writer.write(bytes), writer.close()]);
  const inflated = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let end = 0;
  for (const part of parts) {
    inflated.set(part, end);
    end += part.length;
  }
  return inflated.buffer;
}

async function partsOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
  }
}

/**
 * A function that compiles a module: each build once, from its embedded bytes. Later calls return the same module. Failures, for example
 * for lack of memory, are not cached.
 */
export function moduleCache(
  embedded: (build: KernelBuild) => Promise<{ deflated: string }>,
): (build: KernelBuild) => Promise<WebAssembly.Module> {
  const modules = new Map<KernelBuild, Promise<WebAssembly.Module>>();
  return (build) => {
    const known = modules.get(build);
    if (known) return known;
    if (!supportsBuild(build)) return Promise.reject(new UnsupportedBuildError(build));
    const module = embedded(build).then(async ({ deflated }) => WebAssembly.compile(await inflate(deflated)));
    modules.set(build, module);
    module.catch(() => modules.delete(build));
    return module;
  };
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
  return compile(build);
}

/** Throws `HeadwiseError` (`ERR_CONFIG`) for options that `loadKernel` does not have, and for builds that do not exist. */
function checkOptions(options: LoadKernelOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new HeadwiseError(
      'ERR_CONFIG',
      `loadKernel: options must be an object, got ${options === null ? 'null' : typeof options}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (name === 'build' || name === 'module' || name === 'extended') continue;
    throw new HeadwiseError(
      'ERR_CONFIG',
      `loadKernel: unknown option ${name}; the options are build, module, extended`,
    );
  }
  const { build = 'auto', extended = true } = options;
  if (typeof extended !== 'boolean') {
    throw new HeadwiseError(
      'ERR_CONFIG',
      `loadKernel: extended must be a boolean, got ${JSON.stringify(extended)}`,
    );
  }
  if (build !== 'auto' && !Object.hasOwn(PROBES, build)) {
    throw new HeadwiseError(
      'ERR_CONFIG',
      `loadKernel: build must be one of auto, simd, relaxed-simd, got ${JSON.stringify(build)}`,
    );
  }
}

/**
 * Creates an instance of the kernel with its own memory.
 *
 * Throws `UnsupportedBuildError` if the engine does not support the build, and `HeadwiseError` (`ERR_CONFIG`) if `module` is given without `build`
 * and for unknown options.
 */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<Kernel> {
  checkOptions(options);
  const { build: choice = 'auto', module, extended = true } = options;
  if (module && choice === 'auto')
    throw new HeadwiseError('ERR_CONFIG', 'loadKernel: build must be named when module is given, got auto');
  const build = choice === 'auto' ? (supportsBuild('relaxed-simd') ? 'relaxed-simd' : 'simd') : choice;
  if (!supportsBuild(build)) throw new UnsupportedBuildError(build);
  const instance = await WebAssembly.instantiate(module ?? (await compileKernel(build)));
  const kernel = new Kernel(build, instance.exports as unknown as KernelExports);
  if (extended) await loadExtendedFunctions(kernel);
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
  if (!hasExtendedFunctions(kernel)) kernel.exports = { ...kernel.exports, ...instance.exports };
}

/** Whether the kernel has the functions for weights in 16, 8 and 4 bits and for recurrent cells. */
export function hasExtendedFunctions(kernel: Kernel): boolean {
  return 'matmul8' in kernel.exports;
}
