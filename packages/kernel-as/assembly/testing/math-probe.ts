// Entry point of test/accuracy.test.ts: exports the elementary functions of math.ts. n must be a multiple of 4.
import { erf4, exp4, expNonPositive4, sigmoid4, tanh4 } from '../math';

export function exp(from: usize, to: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) v128.store(to + i, exp4(v128.load(from + i)));
}

export function expNonPositive(from: usize, to: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) v128.store(to + i, expNonPositive4(v128.load(from + i)));
}

export function erf(from: usize, to: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) v128.store(to + i, erf4(v128.load(from + i)));
}

export function tanh(from: usize, to: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) v128.store(to + i, tanh4(v128.load(from + i)));
}

export function sigmoid(from: usize, to: usize, n: i32): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 16) v128.store(to + i, sigmoid4(v128.load(from + i)));
}

export function heapBase(): usize {
  return __heap_base;
}
