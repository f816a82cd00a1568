export { HeadwiseError } from './errors.ts';
export {
  type ActivationName,
  type Address,
  activationCodes,
  type KernelExports,
  type Matmul,
  type Pack,
  type QuantizedExports,
} from './exports.ts';
export { Kernel, type KernelBuild } from './kernel.ts';
export {
  compileKernel,
  compileQuantizedFunctions,
  hasQuantizedFunctions,
  type LoadKernelOptions,
  loadKernel,
  loadQuantizedFunctions,
  supportsBuild,
  UnsupportedBuildError,
} from './load.ts';
export { ActivationStack, LinearMemory, OutOfMemoryError, type StackMark } from './memory/linear-memory.ts';
