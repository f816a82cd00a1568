import { describe, expect, it } from 'vitest';
import { LinearMemory, OutOfMemoryError } from './linear-memory.ts';

const PAGE = 65_536;

function create({ pages = 1, most = 64, base = 100 } = {}) {
  const raw = new WebAssembly.Memory({ initial: pages, maximum: most });
  return { raw, memory: new LinearMemory(raw, base) };
}

function holds(memory: LinearMemory, address: number, content: Uint8Array): boolean {
  return Buffer.from(memory.u8(address, content.length)).equals(content);
}

describe('LinearMemory', () => {
  it('allocates blocks after the base, aligned to 64 bytes, that do not overlap', () => {
    const { memory } = create({ base: 1000 });
    const sizes = [1, 64, 65, 0, 128, 3];
    const addresses = sizes.map((size) => memory.allocate(size));
    expect(addresses).toEqual([1024, 1088, 1152, 1280, 1344, 1472]);
    expect(memory.allocatedBytes).toBe(64 + 64 + 128 + 64 + 128 + 64);
  });

  it('reuses the first freed span that is large enough', () => {
    const { memory } = create();
    const [a, b, c, d] = [64, 256, 64, 128].map((size) => memory.allocate(size)) as [
      number,
      number,
      number,
      number,
    ];
    memory.allocate(1);
    memory.free(b);
    memory.free(d);
    expect(memory.allocate(128)).toBe(b);
    expect(memory.allocate(128)).toBe(b + 128);
    expect(memory.allocate(65)).toBe(d);
    expect([a, c].every((address) => address > 0)).toBe(true);
  });

  it('merges freed blocks with the free spans before and after them', () => {
    const { memory } = create();
    const blocks = Array.from({ length: 5 }, () => memory.allocate(64));
    memory.allocate(64);
    for (const index of [1, 3, 2, 0, 4]) memory.free(blocks[index]!);
    expect(memory.allocate(5 * 64)).toBe(blocks[0]);
  });

  it('is empty after all blocks are freed', () => {
    const { memory } = create();
    const blocks = Array.from({ length: 9 }, (_, i) => memory.allocate(i * 100));
    for (const address of blocks) memory.free(address);
    expect(memory.allocatedBytes).toBe(0);
    const before = memory.byteLength;
    // All memory after the base is one free span.
    expect(memory.allocate(before - 128)).toBe(blocks[0]);
    expect(memory.byteLength).toBe(before);
  });

  it('throws when an address that is not the start of an allocated block is freed', () => {
    const { memory } = create();
    const a = memory.allocate(200);
    memory.allocate(10);
    expect(() => memory.free(a + 64)).toThrow(`kernel memory: ${a + 64} is not an allocated block`);
    expect(() => memory.free(0)).toThrow('is not an allocated block');
    memory.free(a);
    expect(() => memory.free(a)).toThrow('is not an allocated block');
    expect(memory.allocatedBytes).toBe(64);
  });

  it('keeps the contents of blocks when it grows', () => {
    const { raw, memory } = create();
    const address = memory.allocate(4 * 1000);
    const values = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
    memory.f32(address, 1000).set(values);
    const stale = memory.f32(address, 1000);
    const large = memory.allocate(10 * PAGE);
    expect(memory.byteLength).toBeGreaterThanOrEqual(11 * PAGE);
    expect(memory.byteLength).toBe(raw.buffer.byteLength);
    expect(stale.length).toBe(0);
    expect(memory.f32(address, 1000)).toEqual(values);
    memory.f32(large, 1)[0] = 5;
    expect(memory.u8(large, 4)).toEqual(new Uint8Array([0, 0, 160, 64]));
    expect(memory.i32(large, 1)[0]).toBe(0x40a00000);
  });

  it('returns current views after the memory is grown from outside', () => {
    const { raw, memory } = create();
    const address = memory.allocate(8);
    memory.i32(address, 2).set([3, -4]);
    raw.grow(1);
    expect([...memory.i32(address, 2)]).toEqual([3, -4]);
    expect(memory.u8(address, 1)[0]).toBe(3);
    expect(memory.f32(address, 2).length).toBe(2);
    expect(memory.byteLength).toBe(2 * PAGE);
    raw.grow(1);
    memory.setI32(address, Int32Array.of(7, -8));
    expect([...memory.i32(address, 2)]).toEqual([7, -8]);
    raw.grow(1);
    memory.setF32(address, Float32Array.of(0.5, -8));
    expect([...memory.f32(address, 2)]).toEqual([0.5, -8]);
  });

  it('grows by an eighth, or exactly as far as needed if an eighth does not fit', () => {
    const { memory } = create({ pages: 16, most: 20 });
    memory.allocate(16 * PAGE);
    expect(memory.byteLength).toBe(18 * PAGE);
    memory.allocate(3 * PAGE);
    expect(memory.byteLength).toBe(20 * PAGE);
  });

  it('throws OutOfMemoryError with the sizes when it cannot grow, and stays usable', () => {
    const { memory } = create({ most: 4 });
    const address = memory.allocate(64);
    memory.u8(address, 3).set([1, 2, 3]);
    const act = () => memory.allocate(5 * PAGE);
    expect(act).toThrow(OutOfMemoryError);
    expect(act).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(
          `kernel memory: cannot grow by ${4 * PAGE + 192} bytes from ${PAGE} bytes`,
        ),
        requestedBytes: 4 * PAGE + 192,
        currentBytes: PAGE,
      }),
    );
    expect(memory.allocatedBytes).toBe(64);
    expect(memory.byteLength).toBe(PAGE);
    expect([...memory.u8(address, 3)]).toEqual([1, 2, 3]);
    expect(memory.allocate(3 * PAGE)).toBe(address + 64);
  });

  it('throws OutOfMemoryError for blocks beyond 32-bit addresses', () => {
    const { memory } = create({ most: 65_536 });
    for (const bytes of [2 ** 32, 2 ** 32 - PAGE, 2 ** 40, Infinity]) {
      expect(() => memory.allocate(bytes)).toThrow(OutOfMemoryError);
    }
    expect(memory.allocatedBytes).toBe(0);
  });

  it('keeps the contents of all blocks over thousands of random allocations and frees', () => {
    const { memory } = create({ most: 400 });
    const live = new Map<number, Uint8Array>();
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let step = 0; step < 5000; step++) {
      if (live.size > 0 && random(100) < (live.size > 60 ? 60 : 45)) {
        const address = [...live.keys()][random(live.size)]!;
        expect(holds(memory, address, live.get(address)!)).toBe(true);
        memory.free(address);
        live.delete(address);
      } else {
        const bytes = random(3) === 0 ? random(40_000) : random(300);
        const address = memory.allocate(bytes);
        expect(live.has(address)).toBe(false);
        const content = new Uint8Array(bytes).fill(step & 255);
        memory.u8(address, bytes).set(content);
        live.set(address, content);
      }
    }
    for (const [address, content] of live) {
      expect(holds(memory, address, content)).toBe(true);
      memory.free(address);
    }
    expect(memory.allocatedBytes).toBe(0);
    expect(memory.allocate(1)).toBe(128);
  });
});
