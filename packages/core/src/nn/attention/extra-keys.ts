import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import type { ExtendedKeys } from './multi-head.ts';

/** Keys and values that are appended to every sequence: learned ones `[1, features]`, then zeros. */
export interface ExtraKeys {
  readonly key?: Tensor;
  readonly value?: Tensor;
  readonly zeros: boolean;
}

/** Number of keys that are appended to a sequence. */
export function extraCount({ key, zeros }: ExtraKeys): number {
  return (key ? 1 : 0) + (zeros ? 1 : 0);
}

/** `keys` and `values` `[tokens, features]` with those of `extra` after each sequence. */
export function appendExtraKeys(
  backend: Backend,
  keys: Tensor,
  values: Tensor,
  offsets: Offsets,
  extra: ExtraKeys,
): ExtendedKeys {
  const append = (x: Tensor, learned: Tensor | undefined): Tensor => {
    const last = [
      ...(learned ? [learned] : []),
      ...(extra.zeros ? [backend.zeros([1, x.shape[1] ?? 0])] : []),
    ];
    const parts: Tensor[] = [];
    for (let s = 1; s < offsets.length; s++) {
      parts.push(backend.rows(x, offsets[s - 1]!, offsets[s]!), ...last);
    }
    return parts.length > 0 ? backend.concat(parts, 0) : x;
  };
  return {
    keys: append(keys, extra.key),
    values: append(values, extra.value),
    offsets: offsets.map((offset, s) => offset + s * extraCount(extra)),
  };
}
