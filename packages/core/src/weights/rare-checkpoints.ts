// What `openCheckpoint` needs for other files than one of safetensors: one module, which is imported on demand.
export { missingWeights } from './missing-weights.ts';
export { PyTorchCheckpoint } from './pytorch/checkpoint.ts';
export { ShardedCheckpoint } from './sharded.ts';
