import { HeadwiseError } from './errors.ts';
import type { KernelBuild } from './kernel.ts';

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
export const PROBES: Readonly<Record<KernelBuild, readonly number[]>> = {
  simd: [...HEADER, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  'relaxed-simd': [...HEADER, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
};

/** Whether this engine supports a build. */
export function supportsBuild(build: KernelBuild): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(PROBES[build]));
}

/** A module that is part of a script: the base64 of its zlib stream, and the size of what that inflates to. */
interface EmbeddedModule {
  readonly size: number;
  readonly deflated: string;
}

async function inflate({ size, deflated }: EmbeddedModule): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  const source = new ReadableStream<BufferSource>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  // Not by `Response` and `Blob`: Node loads its HTTP client for them, which takes several times as long as all the rest of a worker's start.
  const reader = source.pipeThrough(new DecompressionStream('deflate')).getReader();
  const inflated = new Uint8Array(size);
  for (let end = 0; end < size; ) {
    const { value } = await reader.read();
    inflated.set(value!, end);
    end += value!.length;
  }
  return inflated.buffer;
}

/** Rejects with what to add where the environment forbids what a module needs. */
export async function explain(cause: unknown): Promise<never> {
  const { notCompiled } = await import('./not-compiled.ts').catch(() => {
    // Nor can anything else be imported.
    throw new HeadwiseError(
      'ERR_ENVIRONMENT',
      `kernel: ${cause}. Where dynamic imports fail, as in service workers, import from '@headwise/core/bundle'`,
    );
  });
  throw notCompiled(cause);
}

/**
 * A function that compiles a module: each build once, from its embedded bytes. Later calls return the same module. Failures, for example
 * for lack of memory, are not cached.
 */
export function moduleCache(
  embedded: (build: KernelBuild) => Promise<EmbeddedModule>,
): (build: KernelBuild) => Promise<WebAssembly.Module> {
  const modules = new Map<KernelBuild, Promise<WebAssembly.Module>>();
  return (build) => {
    const known = modules.get(build);
    if (known) return known;
    if (!supportsBuild(build)) return Promise.reject(new UnsupportedBuildError(build));
    const module = embedded(build)
      .then(async (module) => WebAssembly.compile(await inflate(module)))
      .catch(explain);
    modules.set(build, module);
    module.catch(() => modules.delete(build));
    return module;
  };
}
