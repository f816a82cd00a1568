export type { ByteSource } from '../platform/bytes.ts';
export type { CachedFile, FileCache, FileVersion } from '../platform/cache.ts';
export { openCheckpoint } from './checkpoint.ts';
export { toFloat32, toInt32 } from './convert.ts';
export { type TensorDType, tensorDTypes } from './dtypes.ts';
export * from './safetensors/index.ts';
export { ShardedCheckpoint, type ShardIndexRule } from './sharded.ts';
export * from './sources/index.ts';
export type { Checkpoint, TensorData, TensorInfo, TensorSlice } from './types.ts';
