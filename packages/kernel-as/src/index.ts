export { HeadwiseError } from './errors.ts';
export {
  type ActivationName,
  type Address,
  activationCodes,
  type KernelExports,
  type Matmul,
  type Pack,
} from './exports.ts';
export { Kernel, type KernelBuild } from './kernel.ts';
export {
  compileKernel,
  type LoadKernelOptions,
  loadKernel,
  supportsBuild,
  UnsupportedBuildError,
} from './load.ts';
export { ActivationStack, LinearMemory, OutOfMemoryError, type StackMark } from './memory/linear-memory.ts';
