// The largest values of a vector. NaN counts as larger than any number, as in PyTorch. Of equal values the first comes first.

/**
 * A value and its index as an integer that is larger the earlier the value comes. Bits of floats of one sign are ordered as the floats are; −0 and 0 are
 * equal.
 */
// @ts-ignore: decorator
@inline
function keyOf(value: f32, index: i32): i64 {
  const bits = value == value ? reinterpret<i32>(value + 0) : i32.MAX_VALUE;
  return (<i64>(bits ^ ((bits >> 31) & i32.MAX_VALUE)) << 32) | <i64>~<u32>index;
}

const single = memory.data(8, 8);

/** The index of the largest of n ≥ 1 values. */
export function argmax(x: usize, n: i32): i32 {
  topK(x, n, 1, single);
  return i32.load(single);
}

/**
 * The indices of the k ≤ n largest of n values, in descending order of the values. `heap` has room for k 8-byte keys; the indices are at its
 * beginning. One pass with a heap of the largest so far, whose smallest each value is compared with: n log k steps in the worst case, about
 * k log(n / k) insertions for values in random order.
 */
export function topK(x: usize, n: i32, k: i32, heap: usize): void {
  if (!k) return;
  for (let i = 0; i < k; i++) i64.store(heap + (<usize>i << 3), i64.MIN_VALUE);
  for (let i = 0; i < n; ) {
    const from = x + (<usize>i << 2);
    if (i >= k && i + 16 <= n) {
      const least = v128.load_splat<f32>(x + (<usize>~(<i32>i64.load(heap)) << 2));
      const low = v128.and(f32x4.le(v128.load(from), least), f32x4.le(v128.load(from, 16), least));
      const high = v128.and(f32x4.le(v128.load(from, 32), least), f32x4.le(v128.load(from, 48), least));
      if (i32x4.all_true(v128.and(low, high))) {
        i += 16;
        continue;
      }
    }
    for (const end = min(i + 16, n); i < end; i++) {
      const key = keyOf(f32.load(x + (<usize>i << 2)), i);
      if (key > i64.load(heap)) replaceLeast(heap, k, key);
    }
  }
  for (let last = k - 1; last >= 0; last--) {
    const end = heap + (<usize>last << 3);
    const least = i64.load(heap);
    replaceLeast(heap, last, i64.load(end));
    i64.store(end, least);
  }
  for (let i = 0; i < k; i++) i32.store(heap + (<usize>i << 2), ~(<i32>i64.load(heap + (<usize>i << 3))));
}

/** Replaces the first, smallest key of a heap of `count` keys. */
function replaceLeast(heap: usize, count: i32, key: i64): void {
  let at = 0;
  for (let child = 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && i64.load(heap + (<usize>child << 3), 8) < i64.load(heap + (<usize>child << 3))) child++;
    const below = i64.load(heap + (<usize>child << 3));
    if (below >= key) break;
    i64.store(heap + (<usize>at << 3), below);
    at = child;
  }
  i64.store(heap + (<usize>at << 3), key);
}

/** The indices, ascending, of the values ≥ threshold among n values. Returns their number. `indices` has room for n. */
export function indicesAtLeast(x: usize, n: i32, threshold: f32, indices: usize): i32 {
  const t = f32x4.splat(threshold);
  let to = indices;
  for (let i = 0; i < n; ) {
    const from = x + (<usize>i << 2);
    if (i + 16 <= n) {
      const low = v128.or(f32x4.ge(v128.load(from), t), f32x4.ge(v128.load(from, 16), t));
      const high = v128.or(f32x4.ge(v128.load(from, 32), t), f32x4.ge(v128.load(from, 48), t));
      if (!v128.any_true(v128.or(low, high))) {
        i += 16;
        continue;
      }
    }
    for (const end = min(i + 16, n); i < end; i++) {
      i32.store(to, i);
      to += <usize>(f32.load(x + (<usize>i << 2)) >= threshold) << 2;
    }
  }
  return <i32>((to - indices) >> 2);
}
