// Which keys a query sees. Query i stands at position i + shift, where shift = keys − queries lines up the ends, as in a
// cache that already holds earlier keys; it sees the keys from `position − before` to `position + after`. Causal attention
// is after = 0; a sliding window of w keys is before = w − 1; everything is both at the largest integer.

/** First key that the query at `position` sees, held to [0, keys]. */
// @ts-ignore: decorator
@inline
export function firstKey(position: i32, before: i32, keys: i32): i32 {
  return before > position ? 0 : min(keys, position - before);
}

/** One past the last key that the query at `position` sees, held to [0, keys]. */
// @ts-ignore: decorator
@inline
export function endKey(position: i32, after: i32, keys: i32): i32 {
  return after >= keys - position ? keys : max(0, position + after + 1);
}
