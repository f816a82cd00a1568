import { loader } from './load.ts';
import { loadWideFunctions } from './wide/functions.ts';

export { loadWideFunctions } from './wide/functions.ts';
export { joinsOperations } from './wide/probe.ts';

/** Whether a kernel was compiled: engines have then read the flags that decide how. */
export function isKernelCompiled(): boolean {
  return loader.compiled;
}

/** Kernels that are loaded from now on have the wide functions, unless they are told otherwise. */
export function useWideFunctions(): void {
  loader.widen = loadWideFunctions;
}
