/**
 * The entry `@headwise/kernel`: instances of the kernel, and their memory.
 *
 * @module index
 */
export { HeadwiseError } from './errors.ts';
export {
  type ActivationName,
  type Address,
  activationCodes,
  type ExtendedExports,
  type KernelExports,
  type Matmul,
  type Pack,
} from './exports.ts';
export { Kernel, type KernelBuild } from './kernel.ts';
export {
  compileExtendedFunctions,
  compileKernel,
  hasExtendedFunctions,
  type LoadKernelOptions,
  loadExtendedFunctions,
  loadKernel,
  usesWideFunctions,
} from './load.ts';
export { ActivationStack, LinearMemory, OutOfMemoryError, type StackMark } from './memory/linear-memory.ts';
export { supportsBuild, UnsupportedBuildError } from './modules.ts';
