import { beforeAll, describe, expect, it } from 'vitest';
import { type ActivationName, activationCodes, type Kernel, loadKernel } from '../src/index.ts';
import * as exact from './helpers/exact.ts';
import { compileProbe, type ElementaryFunction, type Probe } from './helpers/probe.ts';
import { everyFloat, fromBits, ulp, ulpError } from './helpers/ulp.ts';

// The error bounds stated in assembly/math.ts and assembly/activation.ts, against float64, for about a quarter of a million
// values of each sign with all exponents.

const STEP = 4099;
const TINY = 1.1754943508222875e-38;

const builds = ['simd', 'relaxed-simd'] as const;

interface Worst {
  error: number;
  at: number;
}

function worst(values: Float32Array, got: Float32Array, measure: (got: number, x: number) => number): Worst {
  const found: Worst = { error: 0, at: 0 };
  for (let i = 0; i < values.length; i++) {
    const error = measure(got[i]!, values[i]!);
    if (!(error <= found.error)) Object.assign(found, { error, at: values[i]! });
  }
  return found;
}

describe.each(builds)('elementary functions (%s)', (build) => {
  let probe: Probe;

  beforeAll(async () => {
    probe = await compileProbe(build);
  });

  it.each<[ElementaryFunction, number, number, number, (x: number) => number]>([
    ['exp', TINY, 88.72283, 1, Math.exp],
    ['exp', -TINY, -87.33654, 1, Math.exp],
    ['erf', TINY, 40, 6, exact.erf],
    ['erf', -TINY, -40, 6, exact.erf],
    ['tanh', TINY, 40, 6, Math.tanh],
    ['tanh', -TINY, -40, 6, Math.tanh],
    ['sigmoid', TINY, 200, 3, exact.sigmoid],
    ['sigmoid', -TINY, -87.33654, 3, exact.sigmoid],
  ])('%s from %d to %d has an error of at most %d ulp', (name, low, high, bound, f) => {
    const values = everyFloat(low, high, STEP);
    const { error, at } = worst(values, probe[name](values), (got, x) => ulpError(got, f(x)));
    expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
  });

  it('expNonPositive has an error of at most 2.5 ulp plus the effect of 1 ulp of x', () => {
    const values = everyFloat(-TINY, -87.33654, STEP);
    const { error, at } = worst(values, probe.expNonPositive(values), (got, x) => {
      const exact = Math.exp(x);
      return Math.max(0, Math.abs(got - exact) - exact * ulp(x)) / ulp(exact);
    });
    expect(error, `at ${at}`).toBeLessThanOrEqual(2.5);
  });

  it('give NaN for all kinds of NaN', () => {
    const patterns = [
      0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fc00001, 0x7fc000ff, 0xffffffff, 0x7fffffff,
    ];
    // As bits, since JavaScript may not preserve the payload of a NaN.
    const nans = new Float32Array(Uint32Array.from(patterns).buffer);
    for (const [name, f] of Object.entries(probe)) {
      expect([...f(nans)].every(Number.isNaN), name).toBe(true);
    }
  });

  it('reach their limits and do not exceed them', () => {
    const ends = Float32Array.of(Infinity, -Infinity, 3e38, -3e38, 1000, -1000, 90, -104);
    expect([...probe.exp(ends)]).toEqual([Infinity, 0, Infinity, 0, Infinity, 0, Infinity, 0]);
    expect([...probe.sigmoid(ends)]).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
    expect([...probe.tanh(ends)]).toEqual([1, -1, 1, -1, 1, -1, 1, -1]);
    expect([...probe.erf(ends)]).toEqual([1, -1, 1, -1, 1, -1, 1, -1]);
    const below = Float32Array.of(-Infinity, -3e38, -1000, -88.1, 0, -0);
    expect([...probe.expNonPositive(below)]).toEqual([0, 0, 0, 0, 1, 1]);
    const [largest, smallest] = probe.exp(Float32Array.of(88.72283, -87.33654));
    expect(largest).toBeLessThan(Infinity);
    expect(smallest).toBeGreaterThanOrEqual(TINY);
    for (const name of ['erf', 'tanh'] as const) {
      const past = probe[name](everyFloat(1, 20, 997)).filter((y) => y > 1);
      expect(past.length, name).toBe(0);
    }
  });

  it('erf and tanh keep the sign of zero, and tanh returns subnormal numbers unchanged', () => {
    for (const name of ['erf', 'tanh'] as const) {
      const [zero, negative] = probe[name](Float32Array.of(0, -0));
      expect(Object.is(zero, 0) && Object.is(negative, -0), name).toBe(true);
    }
    const subnormal = fromBits(5);
    expect(probe.tanh(Float32Array.of(subnormal))[0]).toBe(subnormal);
  });
});

describe.each(builds)('activation functions (%s)', (build) => {
  let kernel: Kernel;

  beforeAll(async () => {
    kernel = await loadKernel({ build });
  });

  function activate(name: ActivationName, values: Float32Array): Float32Array {
    const { memory, exports } = kernel;
    const address = memory.allocate(values.byteLength);
    memory.f32(address, values.length).set(values);
    exports.activate(address, values.length, address, values.length, 1, values.length, activationCodes[name]);
    const result = memory.f32(address, values.length).slice();
    memory.free(address);
    return result;
  }

  it.each<[ActivationName, number, (x: number) => number]>([
    ['gelu', 4, exact.gelu],
    ['geluTanh', 2, exact.geluTanh],
  ])('%s has an error of at most %d · 2⁻²⁴ · |x|', (name, bound, f) => {
    for (const sign of [1, -1]) {
      const values = everyFloat(sign * TINY, sign * 1000, STEP);
      // Below the smallest normal number the last place has an error of 2⁻¹⁴⁹.
      const { error, at } = worst(
        values,
        activate(name, values),
        (got, x) => Math.max(0, Math.abs(got - f(x)) - 2 ** -149) / (2 ** -24 * Math.abs(x)),
      );
      expect(error, `at ${at}`).toBeLessThanOrEqual(bound);
    }
  });

  it('silu has an error of at most 3 ulp', () => {
    for (const [low, high] of [
      [TINY * 4, 1e38],
      [-TINY * 4, -87.3],
    ] as const) {
      const values = everyFloat(low, high, STEP);
      const { error, at } = worst(values, activate('silu', values), (got, x) => ulpError(got, exact.silu(x)));
      expect(error, `at ${at}`).toBeLessThanOrEqual(3);
    }
  });

  it('give their limits at ±∞, and NaN for NaN', () => {
    const names = (Object.keys(activationCodes) as ActivationName[]).filter((name) => name !== 'none');
    const ends: Readonly<Record<string, readonly number[]>> = {
      relu: [Infinity, 0],
      gelu: [Infinity, 0],
      geluTanh: [Infinity, 0],
      silu: [Infinity, 0],
      tanh: [1, -1],
      sigmoid: [1, 0],
      exp: [Infinity, 0],
    };
    for (const name of names) {
      const [top, bottom, nan] = activate(name, Float32Array.of(Infinity, -Infinity, NaN));
      // Either zero is accepted.
      expect([top, bottom! + 0], name).toEqual(ends[name]);
      expect(nan, name).toBeNaN();
    }
  });
});

describe('float64 reference functions', () => {
  // 16 digits, from tables and other libraries.
  it.each([
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [1.9, 0.9927904292352575],
    [2.5, 0.999593047982555],
    [4, 0.9999999845827421],
  ])('erf(%d)', (x, expected) => {
    expect(Math.abs(exact.erf(x) - expected)).toBeLessThanOrEqual(2e-15);
    expect(exact.erf(-x)).toBe(-exact.erf(x));
  });
});
