import { PANEL } from './rows';

/** Bytes of a packed [k, n] matrix. Columns are padded with zeros to whole panels. */
export function packedBytes(k: i32, n: i32): usize {
  return (<usize>((n + PANEL - 1) & ~(PANEL - 1)) * <usize>k) << 2;
}

/**
 * Packs b[k, n] (rows `ldb` elements apart) into panels of 8 columns: out[panel][k][8], zeros past column n.
 */
export function packColumns(b: usize, ldb: i32, k: i32, n: i32, out: usize): void {
  const step = <usize>ldb << 2;
  let p = 0;
  for (; p + PANEL <= n; p += PANEL) {
    let from = b + (<usize>p << 2);
    for (let i = 0; i < k; i++) {
      v128.store(out, v128.load(from));
      v128.store(out, v128.load(from, 16), 16);
      from += step;
      out += 32;
    }
  }
  const rest = <usize>(n - p) << 2;
  if (!rest) return;
  let from = b + (<usize>p << 2);
  for (let i = 0; i < k; i++) {
    memory.fill(out, 0, 32);
    memory.copy(out, from, rest);
    from += step;
    out += 32;
  }
}

/**
 * Packs the transpose of b[n, k] (rows `ldb` elements apart): row j of b becomes column j. For the weight [out, in] of a
 * linear layer and the keys [keys, features] of attention.
 */
export function packRows(b: usize, ldb: i32, k: i32, n: i32, out: usize): void {
  const step = <usize>ldb << 2;
  for (let p = 0; p < n; p += PANEL) {
    const rows = min(PANEL, n - p);
    const from = b + <usize>p * step;
    if (rows == PANEL) {
      packHalf(from, step, k, out);
      packHalf(from + step * 4, step, k, out + 16);
    } else {
      for (let i = 0; i < k; i++) {
        const to = out + (<usize>i << 5);
        memory.fill(to, 0, 32);
        for (let j = 0; j < rows; j++) {
          f32.store(to + (<usize>j << 2), f32.load(from + <usize>j * step + (<usize>i << 2)));
        }
      }
    }
    out += <usize>k << 5;
  }
}

/** Packs four rows into four columns of a panel by 4 × 4 transposes. */
function packHalf(from: usize, step: usize, k: i32, out: usize): void {
  let r0 = from, r1 = from + step, r2 = from + step * 2, r3 = from + step * 3;
  const end = from + (<usize>(k & ~3) << 2);
  while (r0 < end) {
    const x0 = v128.load(r0), x1 = v128.load(r1), x2 = v128.load(r2), x3 = v128.load(r3);
    const t0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const t2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<f64>(t0, t2, 0, 2));
    v128.store(out, v128.shuffle<f64>(t0, t2, 1, 3), 32);
    v128.store(out, v128.shuffle<f64>(t1, t3, 0, 2), 64);
    v128.store(out, v128.shuffle<f64>(t1, t3, 1, 3), 96);
    r0 += 16; r1 += 16; r2 += 16; r3 += 16;
    out += 128;
  }
  for (let i = k & 3; i > 0; i--) {
    f32.store(out, f32.load(r0));
    f32.store(out, f32.load(r1), 4);
    f32.store(out, f32.load(r2), 8);
    f32.store(out, f32.load(r3), 12);
    r0 += 4; r1 += 4; r2 += 4; r3 += 4;
    out += 32;
  }
}
