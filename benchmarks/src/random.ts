/** Fills arrays with numbers that are the same in every run, on every machine and in every engine. */
export class Random {
  private state: number;

  /** @param seed any 32-bit integer; equal seeds give equal sequences */
  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** The next number of [0, 1): mulberry32, which is small, fast and good enough for benchmark data. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** `length` numbers, uniform in [-scale, scale). */
  uniform(length: number, scale = 1): Float32Array {
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++) out[i] = (this.next() * 2 - 1) * scale;
    return out;
  }

  /** `length` integers, uniform in [from, to). */
  integers(length: number, from: number, to: number): Int32Array {
    const out = new Int32Array(length);
    for (let i = 0; i < length; i++) out[i] = from + Math.floor(this.next() * (to - from));
    return out;
  }
}
