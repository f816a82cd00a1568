import { isKernelCompiled, joinsOperations, useWideFunctions } from '@headwise/kernel/wide';
import { HeadwiseError } from '../../errors.ts';

/** Why 256 bits cannot be used. */
export type WideSimdReason =
  /** V8 of this version of Node aborts the process while it compiles some loops. */
  | 'version'
  /** A kernel was compiled before. */
  | 'too-late';

/** Thrown by {@link enableWideSimd} where it would be of no use, or would end the process. */
export class WideSimdError extends HeadwiseError {
  readonly reason: WideSimdReason;

  constructor(reason: WideSimdReason, message: string) {
    super('ERR_WIDE_SIMD', message);
    this.name = 'WideSimdError';
    this.reason = reason;
  }
}

/** V8's flag by its newest name, and by the one that it had before V8 15. V8 prints an error for a name that it does not know. */
const FLAG = '--wasm-revectorize';
const OLD_FLAG = '--experimental-wasm-revectorize';
/** The first major version of Node whose V8 compiles all kernels with the flag. */
const FIRST_NODE = 26;
/** A busy machine needs several, of 3 ms each. Where the flag is not set by this call, most engines do not have it: one is enough. */
const ATTEMPTS = { node: 8, other: 1 };

/** What is used of Node. */
interface NodeProcess {
  readonly versions: { readonly node?: string; readonly bun?: string; readonly v8: string };
  getBuiltinModule?(name: 'node:v8'): { setFlagsFromString(flags: string): void };
}

/** The process, in Node: Deno and Bun have their own flags, or none. */
function nodeProcess(): (NodeProcess & { readonly versions: { readonly node: string } }) | undefined {
  const { process, Deno } = globalThis as { process?: NodeProcess; Deno?: unknown };
  if (process?.versions?.node === undefined || process.versions.bun !== undefined || Deno !== undefined)
    return undefined;
  return process as NodeProcess & { readonly versions: { readonly node: string } };
}

let enabled: Promise<boolean> | undefined;

/**
 * Uses operations of 256 bits for products, attention, softmax and activations, where the engine joins two of WebAssembly's 128-bit operations. The
 * results are the same bits. Call it before models are loaded; it holds for all that are loaded afterwards, also over workers.
 *
 * In Node it sets V8's flag `--wasm-revectorize` (before V8 15 `--experimental-wasm-revectorize`) for the whole process, which other WebAssembly modules notice
 * too: V8 does not set it by default. Elsewhere the flag must be given at the start, in Chromium `--js-flags=--wasm-revectorize`. Whether 256 bits are there is
 * measured, which takes 3 ms, on a busy machine in Node up to 24, and where clocks show only tenths of milliseconds up to 10.
 *
 * @returns whether they are used. False on other processors than x86-64 with AVX2, and in engines without the flag
 * @throws WideSimdError in Node before 26 (`version`), and in Node after a kernel was compiled (`too-late`)
 */
export function enableWideSimd(): Promise<boolean> {
  enabled ??= enable();
  // Not kept: the next call fails for the same reason.
  enabled.catch(() => {
    enabled = undefined;
  });
  return enabled;
}

async function enable(): Promise<boolean> {
  const node = nodeProcess();
  if (node) {
    const { node: version, v8 } = node.versions;
    if (!(Number.parseInt(version, 10) >= FIRST_NODE) || !node.getBuiltinModule) {
      throw new WideSimdError(
        'version',
        `enableWideSimd: expected Node ${FIRST_NODE} or newer, got ${version}, whose V8 can abort the process with ${OLD_FLAG}; load the models without it`,
      );
    }
    if (isKernelCompiled()) {
      throw new WideSimdError(
        'too-late',
        'enableWideSimd: a kernel is compiled already, without the flag; call it before the first model is loaded',
      );
    }
    node.getBuiltinModule('node:v8').setFlagsFromString(Number.parseInt(v8, 10) < 15 ? OLD_FLAG : FLAG);
  }
  if (!(await joinsOperations(node ? ATTEMPTS.node : ATTEMPTS.other))) return false;
  useWideFunctions();
  return true;
}
