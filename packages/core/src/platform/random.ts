import { ConfigError } from '../errors.ts';

/**
 * Pseudorandom numbers: xoshiro128** (Blackman and Vigna 2018), its state initialised by splitmix32 from the seed and the stream number.
 * Uses 32-bit integers only, so that a seed gives the same numbers on every platform. Not cryptographically secure.
 */
export class Random {
  readonly #state: Uint32Array;

  /** `seed` and `stream` are integers from 0 to 2³² − 1. Streams of one seed are independent. */
  constructor(seed: number, stream = 0) {
    if (typeof seed !== 'number' || typeof stream !== 'number')
      throw new ConfigError('Random: seed and stream must be whole numbers from 0 to 2³² − 1');
    let counter = seed >>> 0;
    const split = () => {
      counter = (counter + 0x9e3779b9) >>> 0;
      let z = counter;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    counter = (split() ^ Math.imul(stream, 0x85157af5)) >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, split);
    // The all-zero state is a fixed point.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** Uniform integer from 0 to 2³² − 1. */
  uint32(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const scrambled = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = rotate(s[3]!, 11);
    return scrambled;
  }

  /** Uniform number in [0, 1) with 53 random bits. */
  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }
}

/** A random seed. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

function rotate(x: number, by: number): number {
  return ((x << by) | (x >>> (32 - by))) >>> 0;
}
