// `@headwise/server/internal`: the threads of a model, for `@headwise/fleet`. Unstable: names here change without notice, in patch releases too.

export { locationOf } from './options.ts';
export type { JobCall } from './pool/job.ts';
export { ModelPool, type PoolObserver, type PoolOptions, type PoolStatus } from './pool/model-pool.ts';
export type * from './protocol.ts';
