import type { Tensor } from '../../backend/backend.ts';
import type { PastKeyValues } from './kv-cache.ts';
import type { QueryRows } from './multi-head.ts';

/** What a block's self-attention may see; see `AttentionOptions`. */
export interface SelfMask {
  readonly causal?: boolean;
  readonly bias?: Tensor;
  /** What was read before, if there is a cache of it; the new tokens' keys and values go there too. */
  readonly past?: PastKeyValues;
  /** The tokens whose residual stream is wanted afterwards. Default: all. */
  readonly only?: QueryRows;
}
