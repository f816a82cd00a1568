/**
 * A set of code points from its ranges. Each is the gap since the range before it, and `+` and its length less one if it is longer than
 * one code point; numbers are in base 36.
 */
export class CodePointSet {
  /** First code point in a range, first one after it, in turn. */
  readonly #bounds: Int32Array;
  /** One byte for each code point of the Basic Multilingual Plane. */
  #basic: Uint8Array | undefined;

  constructor(ranges: string) {
    let at = 0;
    this.#bounds = Int32Array.from(
      ranges.split(' ').flatMap((range) => {
        const [gap, more = '0'] = range.split('+');
        const start = at + Number.parseInt(gap!, 36);
        at = start + Number.parseInt(more, 36) + 1;
        return [start, at];
      }),
    );
  }

  has(code: number): boolean {
    if (code >= 0x10000) return this.hasRarely(code);
    this.#basic ??= this.#fill();
    return this.#basic[code] === 1;
  }

  /** As `has`, without a table of 64 KiB. */
  hasRarely(code: number): boolean {
    const bounds = this.#bounds;
    let [low, high] = [0, bounds.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! <= code) low = middle + 1;
      else high = middle;
    }
    return low % 2 === 1;
  }

  #fill(): Uint8Array {
    const basic = new Uint8Array(0x10000);
    for (let i = 0; i < this.#bounds.length; i += 2) basic.fill(1, this.#bounds[i], this.#bounds[i + 1]);
    return basic;
  }
}
