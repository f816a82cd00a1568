/** out = x + y over n values; out may be either. */
export function add(x: usize, y: usize, out: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    v128.store(out, f32x4.add(v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
    out += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(out, f32.load(x) + f32.load(y));
    x += 4;
    y += 4;
    out += 4;
  }
}
