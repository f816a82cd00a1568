import { beforeEach, describe, expect, it } from 'vitest';
import { ActivationStack, LinearMemory, OutOfMemoryError } from './linear-memory.ts';

const PAGE = 65_536;
const MEGABYTE = 1 << 20;

describe('ActivationStack', () => {
  let memory: LinearMemory;
  let stack: ActivationStack;

  beforeEach(() => {
    memory = new LinearMemory(new WebAssembly.Memory({ initial: 1, maximum: 1000 }), 64);
    stack = new ActivationStack(memory);
  });

  it('allocates no memory before the first push, then consecutive blocks aligned to 64 bytes', () => {
    expect(stack.capacity).toBe(0);
    const [a, b, c] = [stack.push(1), stack.push(65), stack.push(64)];
    expect([b! - a!, c! - b!]).toEqual([64, 128]);
    expect(a! % 64).toBe(0);
    expect(stack.capacity).toBe(MEGABYTE);
    expect(memory.allocatedBytes).toBe(MEGABYTE);
  });

  it('frees on release only what was pushed since the mark', () => {
    const a = stack.push(100);
    const mark = stack.mark();
    const b = stack.push(100);
    const inner = stack.mark();
    const c = stack.push(100);
    stack.release(inner);
    expect(stack.push(10)).toBe(c);
    stack.release(mark);
    expect(stack.push(10)).toBe(b);
    expect(a).toBeLessThan(b);
  });

  it('adds a chunk when the current one is full, without moving blocks', () => {
    const start = stack.mark();
    const a = stack.push(4);
    memory.f32(a, 1)[0] = 42;
    const b = stack.push(2 * MEGABYTE);
    expect(b === a + 64).toBe(false);
    expect(memory.f32(a, 1)[0]).toBe(42);
    // Each chunk is at least as large as all before it: their number is logarithmic in the size of the stack.
    expect(stack.capacity).toBe(3 * MEGABYTE);
    stack.push(MEGABYTE);
    expect(stack.capacity).toBe(6 * MEGABYTE);
    stack.release(start);
  });

  it('merges its chunks into one when it is next empty', () => {
    const start = stack.mark();
    stack.push(4);
    const kept = stack.mark();
    stack.push(2 * MEGABYTE);
    stack.release(kept);
    expect(memory.allocatedBytes).toBe(3 * MEGABYTE);
    stack.release(start);
    expect(stack.capacity).toBe(3 * MEGABYTE);
    const first = stack.push(MEGABYTE);
    expect(stack.push(2 * MEGABYTE)).toBe(first + MEGABYTE);
    expect(stack.capacity).toBe(3 * MEGABYTE);
    stack.release(start);
  });

  it('releases across chunks to a mark within a chunk', () => {
    stack.push(64);
    const mark = stack.mark();
    const next = stack.push(64);
    stack.push(MEGABYTE);
    stack.push(3 * MEGABYTE);
    stack.release(mark);
    expect(stack.push(64)).toBe(next);
    // The added chunks are reused.
    const { capacity } = stack;
    stack.push(MEGABYTE);
    stack.push(3 * MEGABYTE);
    expect(stack.capacity).toBe(capacity);
  });

  it('does not grow in the steady state, for passes in any order', () => {
    const start = stack.mark();
    const pass = (sizes: readonly number[]) => {
      for (const [i, size] of sizes.entries()) {
        stack.push(size);
        const scratch = stack.mark();
        stack.push(size * (i % 3));
        stack.release(scratch);
      }
      stack.release(start);
    };
    const passes = [[100], [MEGABYTE, 17], [700_000, 700_000, 900_000], [5, 2 * MEGABYTE, 5], []];
    for (const sizes of passes) pass(sizes);
    const { capacity } = stack;
    const { byteLength } = memory;
    for (let i = 0; i < 5000; i++) pass(passes[(i * 3) % passes.length]!);
    expect(stack.capacity).toBe(capacity);
    expect(memory.byteLength).toBe(byteLength);
    expect(memory.allocatedBytes).toBe(capacity);
  });

  describe('when memory runs out', () => {
    beforeEach(() => {
      // A little more than two megabytes.
      memory = new LinearMemory(new WebAssembly.Memory({ initial: 1, maximum: 36 }), 64);
      stack = new ActivationStack(memory);
    });

    it('keeps its position and its blocks', () => {
      const a = stack.push(4);
      memory.f32(a, 1)[0] = 42;
      expect(() => stack.push(8 * MEGABYTE)).toThrow(OutOfMemoryError);
      expect(memory.f32(a, 1)[0]).toBe(42);
      expect(stack.push(4)).toBe(a + 64);
      stack.release({ chunk: 0, used: 0 });
      expect(stack.push(4)).toBe(a);
    });

    it('allocates a chunk of the pushed size if doubling does not fit', () => {
      stack.push(MEGABYTE);
      stack.push(MEGABYTE + 2 * PAGE);
      expect(stack.capacity).toBe(2 * MEGABYTE + 2 * PAGE);
    });

    it('has no chunk when the merged chunk does not fit', () => {
      const start = stack.mark();
      const first = stack.push(MEGABYTE);
      const weight = memory.allocate(PAGE);
      stack.push(MEGABYTE);
      stack.release(start);
      expect(stack.capacity).toBe(0);
      expect(memory.allocatedBytes).toBe(PAGE);
      expect(stack.push(MEGABYTE)).toBe(first);
      stack.push(MEGABYTE);
      memory.free(weight);
    });
  });
});
