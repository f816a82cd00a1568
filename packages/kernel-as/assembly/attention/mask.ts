// The attention mask as a range of keys. Query i is at position i + shift (with shift = keys − queries the last query is at the last key,
// as in decoding with a cache), and sees the keys from `position − before` to `position + after`. Causal attention is after = 0;
// a sliding window of w keys is before = w − 1; no mask is both at 2³¹ − 1.

/** First key that the query at `position` sees, clamped to [0, keys]. */
// @ts-ignore: decorator
@inline
export function firstKey(position: i32, before: i32, keys: i32): i32 {
  return before > position ? 0 : min(keys, position - before);
}

/** One past the last key that the query at `position` sees, clamped to [0, keys]. */
// @ts-ignore: decorator
@inline
export function endKey(position: i32, after: i32, keys: i32): i32 {
  return after >= keys - position ? keys : max(0, position + after + 1);
}
