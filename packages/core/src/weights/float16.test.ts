import { describe, expect, it } from 'vitest';
import { toFloat32 } from './convert.ts';
import { float16Bits } from './float16.ts';

/** All finite values of binary16 that are not negative, ascending: the one with bits b is at b. */
const halves = Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits);
const values = toFloat32({ dtype: 'F16', shape: [halves.length], bytes: new Uint8Array(halves.buffer) });

describe('float16Bits', () => {
  it('gives the bits of every value of binary16, zeros among them', () => {
    expect(Array.from(values, float16Bits)).toEqual(Array.from(halves));
    expect(Array.from(values, (value) => float16Bits(-value))).toEqual(
      Array.from(halves, (bits) => bits | 0x8000),
    );
  });

  it('rounds what lies between two values to the nearer one, and from the middle to the even one', () => {
    for (let bits = 0; bits + 1 < halves.length; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = (low + high) / 2;
      const step = (high - low) / 64;
      const rounded = [middle - step, middle, middle + step].map(float16Bits);
      expect(rounded).toEqual([bits, bits % 2 === 0 ? bits : bits + 1, bits + 1]);
    }
  });

  it('keeps infinities and NaN, and gives infinity from 65,520 on', () => {
    expect([65_519.99, 65_520, 1e30, Infinity, -Infinity, Number.NaN].map(float16Bits)).toEqual([
      0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00, 0x7e00,
    ]);
  });

  it('gives zero for values too small for it', () => {
    expect([1e-30, Number.MIN_VALUE, -1e-30].map(float16Bits)).toEqual([0, 0, 0x8000]);
  });
});
