import { type Kernel, loadKernel, OutOfMemoryError } from '@headwise/kernel';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tensor } from '../../index.ts';
import { WasmBackend, withScope } from '../../internal.ts';
import { ReferenceBackend } from '../reference/reference.ts';

const builds = ['simd', 'relaxed-simd'] as const;

describe.each(builds)('WasmBackend on the %s kernel', (build) => {
  let kernel: Kernel;
  let backend: WasmBackend;

  beforeEach(async () => {
    kernel = await loadKernel({ build });
    backend = new WasmBackend(kernel);
  });

  const floats = (...values: number[]): Float32Array => Float32Array.from(values);
  const released = expect.objectContaining({ code: 'ERR_RELEASED' });
  const scope = expect.objectContaining({ code: 'ERR_SCOPE' });
  const config = expect.objectContaining({ code: 'ERR_CONFIG' });

  it('has the name of its build', () => {
    expect(backend.name).toBe(`wasm-${build}`);
  });

  describe('scopes', () => {
    it('are required for activations, not for weights', () => {
      expect(() => backend.tensor(floats(1), [1])).toThrow(scope);
      expect(() => backend.zeros([1])).toThrow('wasm: activations must be created in a scope (withScope)');
      const table = backend.constant(floats(1, 2), [2, 1]);
      expect(() => backend.embedding(table, Int32Array.of(1))).toThrow(scope);
      expect(backend.read(table)).toEqual(floats(1, 2));
    });

    it('free their activations, so that these and their views throw ERR_RELEASED', () => {
      const close = backend.openScope();
      const x = backend.tensor(floats(1, 2, 3, 4), [2, 2]);
      const view = backend.columns(x, 1, 2);
      close();
      const message = 'wasm: a tensor of shape [2, 2] was used after its scope ended';
      expect(() => backend.read(x)).toThrow(expect.objectContaining({ code: 'ERR_RELEASED', message }));
      for (const use of [
        () => backend.read(view),
        () => backend.write(x, floats(1, 2, 3, 4)),
        () => backend.columns(x, 0, 1),
        () => withScope(backend, () => backend.add(x, x)),
        () => withScope(backend, () => backend.softmax(view)),
      ]) {
        expect(use).toThrow(released);
      }
    });

    it('do not free activations of the outer scope', () => {
      withScope(backend, () => {
        const outer = backend.tensor(floats(1, 2), [2]);
        const inner = withScope(backend, () => backend.tensor(floats(7, 7), [2]));
        expect(() => backend.read(inner)).toThrow(released);
        const reused = backend.zeros([2]);
        expect(backend.read(outer)).toEqual(floats(1, 2));
        expect(backend.read(reused)).toEqual(floats(0, 0));
      });
    });

    it('throw ERR_SCOPE when closed twice or out of order', () => {
      const [first, second] = [backend.openScope(), backend.openScope()];
      const x = backend.tensor(floats(5), [1]);
      expect(first).toThrow('wasm: scopes must close in the reverse of the order in which they opened');
      expect(backend.read(x)).toEqual(floats(5));
      second();
      expect(second).toThrow(scope);
      first();
      expect(first).toThrow(scope);
    });

    it('close when the body of withScope throws', () => {
      expect(() =>
        withScope(backend, () => {
          throw new RangeError('from the body');
        }),
      ).toThrow('from the body');
      expect(() => backend.zeros([1])).toThrow(scope);
    });
  });

  describe('weights', () => {
    it('are copied on creation', () => {
      const data = floats(1, 2, 3, 4);
      const constant = backend.constant(data, [4]);
      const weights = backend.linearWeights(data, floats(10, 20), 2);
      data.fill(9);
      expect(backend.read(constant)).toEqual(floats(1, 2, 3, 4));
      const y = withScope(backend, () =>
        backend.read(backend.linear(backend.tensor(floats(1, 1), [1, 2]), weights)),
      );
      expect(y).toEqual(floats(13, 27));
    });

    it('can be written through views, and operations read the written values', () => {
      const cache = backend.constant(new Float32Array(6), [3, 2]);
      withScope(backend, () => {
        backend.assign(backend.rows(cache, 1, 3), backend.tensor(floats(1, 2, 3, 4), [2, 2]));
        backend.assign(backend.columns(cache, 1, 2), backend.tensor(floats(7, 8, 9), [3, 1]));
      });
      expect(backend.read(cache)).toEqual(floats(0, 7, 1, 8, 3, 9));
      expect(withScope(backend, () => backend.read(backend.add(cache, cache)))).toEqual(
        floats(0, 14, 2, 16, 6, 18),
      );
    });

    it('throw ERR_RELEASED in assign and embedding after a tensor or weights have been released', () => {
      const cache = backend.constant(floats(1, 2), [1, 2]);
      const gone = withScope(backend, () => backend.zeros([1, 2]));
      expect(() => backend.assign(cache, gone)).toThrow(released);
      expect(() => backend.assign(gone, cache)).toThrow(released);
      expect(backend.read(cache)).toEqual(floats(1, 2));
      const tied = backend.linearWeights(floats(1, 2), undefined, 2);
      backend.release(tied);
      expect(() => withScope(backend, () => backend.embedding(tied, Int32Array.of(0)))).toThrow(released);
    });

    it('throw ERR_RELEASED when released twice or used after release', () => {
      const before = kernel.memory.allocatedBytes;
      const constant = backend.constant(floats(1, 2), [2]);
      const weights = backend.linearWeights(new Float32Array(12), new Float32Array(4), 3);
      expect(backend.weightBytes).toBe(8 + 3 * 8 * 4 + 16);
      backend.release(constant);
      backend.release(weights);
      expect(backend.weightBytes).toBe(0);
      expect(kernel.memory.allocatedBytes).toBe(before + kernel.stack.capacity);
      expect(() => backend.release(constant)).toThrow(released);
      expect(() => backend.release(weights)).toThrow(released);
      expect(() => backend.read(constant)).toThrow(released);
      expect(() => withScope(backend, () => backend.linear(backend.zeros([1, 3]), weights))).toThrow(
        released,
      );
    });

    it('end with their views; views and activations cannot be released', () => {
      const constant = backend.constant(floats(1, 2, 3, 4), [2, 2]);
      const view = backend.columns(constant, 0, 1);
      expect(() => backend.release(view)).toThrow(released);
      expect(() => withScope(backend, () => backend.release(backend.zeros([1])))).toThrow(released);
      expect(backend.read(view)).toEqual(floats(1, 3));
      backend.release(constant);
      expect(() => backend.read(view)).toThrow(released);
    });

    it('are packed in chunks if they are larger than one', () => {
      // 301 rows of 3001: more than a megabyte, not a multiple of the chunk's rows.
      const [rows, columns] = [301, 3001];
      const weight = Float32Array.from({ length: rows * columns }, (_, i) => (i % 7) - 3);
      const weights = backend.linearWeights(weight, undefined, columns);
      const x = Float32Array.from({ length: columns }, (_, i) => (i % 3) - 1);
      const y = withScope(backend, () =>
        backend.read(backend.linear(backend.tensor(x, [1, columns]), weights)),
      );
      const expected = Float32Array.from({ length: rows }, (_, row) =>
        x.reduce((sum, value, i) => sum + value * weight[row * columns + i]!, 0),
      );
      expect(y).toEqual(expected);
    });
  });

  it('throws ConfigError for tensors and weights of another backend, also of the same build', async () => {
    for (const other of [new ReferenceBackend(), new WasmBackend(await loadKernel({ build }))]) {
      const theirs = other.constant(floats(1, 2, 3, 4), [2, 2]);
      const weights = other.linearWeights(floats(1, 2), undefined, 2);
      const uses: ((x: Tensor) => unknown)[] = [
        () => backend.read(theirs),
        () => backend.write(theirs, floats(0, 0, 0, 0)),
        () => backend.columns(theirs, 0, 1),
        (x) => backend.add(x, theirs),
        (x) => backend.add(theirs, x),
        () => backend.embedding(theirs, Int32Array.of(0)),
        () => backend.embedding(weights, Int32Array.of(0)),
        (x) => backend.assign(theirs, x),
        (x) => backend.assign(x, theirs),
        () => backend.rmsNorm(theirs, backend.zeros([2]), 1),
        () => backend.gate(theirs, 'silu'),
        () => backend.softmax(theirs),
        (x) => backend.attention(x, theirs, x, { heads: 1, queryOffsets: Int32Array.of(0, 2) }),
        (x) => backend.linear(x, weights),
        () => backend.release(weights),
      ];
      withScope(backend, () => {
        const mine = backend.zeros([2, 2]);
        for (const use of uses) expect(() => use(mine)).toThrow(config);
        expect(() => backend.release(theirs)).toThrow(config);
        expect(() => other.read(mine)).toThrow(config);
      });
      expect(other.read(theirs)).toEqual(floats(1, 2, 3, 4));
    }
  });

  describe('out of memory', () => {
    const full = () => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    };

    it('frees the memory of a linear layer that cannot be packed, and stays usable', () => {
      const kept = backend.constant(floats(1, 2, 3), [3]);
      withScope(backend, () => backend.zeros([1]));
      const before = kernel.memory.allocatedBytes;
      const grow = vi.spyOn(kernel.exports.memory, 'grow').mockImplementation(full);
      const room = kernel.memory.byteLength / 4;
      expect(() => backend.linearWeights(new Float32Array(room), undefined, room)).toThrow(OutOfMemoryError);
      // The packed weights fit, the staging buffer does not.
      vi.spyOn(kernel.stack, 'push').mockImplementationOnce(() => {
        throw new OutOfMemoryError(1, 1);
      });
      expect(() => backend.linearWeights(new Float32Array(8), new Float32Array(1), 8)).toThrow(
        OutOfMemoryError,
      );
      expect(() => backend.constant(new Float32Array(room), [room])).toThrow(OutOfMemoryError);
      expect(kernel.memory.allocatedBytes).toBe(before);
      expect(backend.weightBytes).toBe(12);
      expect(backend.read(kept)).toEqual(floats(1, 2, 3));
      grow.mockRestore();
      backend.release(backend.linearWeights(new Float32Array(room), undefined, room));
      expect(backend.weightBytes).toBe(12);
    });

    it('does not affect other activations of the scope', () => {
      const grow = vi.spyOn(kernel.exports.memory, 'grow');
      withScope(backend, () => {
        const x = backend.tensor(floats(4, 5), [2]);
        grow.mockImplementation(full);
        expect(() => backend.zeros([kernel.memory.byteLength])).toThrow(OutOfMemoryError);
        expect(backend.read(backend.add(x, x))).toEqual(floats(8, 10));
      });
      grow.mockRestore();
      withScope(backend, () => expect(backend.read(backend.zeros([2]))).toEqual(floats(0, 0)));
    });
  });

  it('does not grow over thousands of forward passes of different lengths', () => {
    const [width, heads] = [24, 3];
    const weights = Array.from({ length: 4 }, () =>
      backend.linearWeights(new Float32Array(width * width).fill(0.01), new Float32Array(width), width),
    );
    const gain = backend.constant(new Float32Array(width).fill(1), [width]);
    const bias = backend.constant(new Float32Array(width), [width]);
    const table = backend.constant(new Float32Array(50 * width).fill(0.5), [50, width]);

    const forward = (length: number): Float32Array =>
      withScope(backend, () => {
        const queryOffsets = Int32Array.of(0, length >> 1, length);
        const ids = Int32Array.from({ length }, (_, i) => i % 50);
        let x = backend.embedding(table, ids);
        for (let block = 0; block < 2; block++) {
          const [q, k, v] = weights.map((weight) => backend.linear(x, weight)) as [Tensor, Tensor, Tensor];
          const context = backend.attention(q, k, v, { heads, queryOffsets, causal: true });
          const y = backend.linear(context, weights[3]!, { activation: 'gelu', residual: x });
          x = backend.layerNorm(backend.add(x, y), gain, bias, 1e-5);
        }
        return backend.read(backend.l2Normalize(backend.meanPool(x, queryOffsets)));
      });

    const lengths = [3, 64, 1, 0, 130, 17, 700, 31];
    const first = lengths.map(forward);
    // The second round follows the merge of the stack's chunks.
    lengths.map(forward);
    const { memoryBytes } = backend;
    const { allocatedBytes } = kernel.memory;
    const { capacity } = kernel.stack;
    for (let pass = 0; pass < 4000; pass++) {
      const which = pass % 100 === 0 ? 6 : pass % 6;
      const result = forward(lengths[which]!);
      if (pass % 97 === 0) expect(result).toEqual(first[which]);
    }
    expect(backend.memoryBytes).toBe(memoryBytes);
    expect(kernel.memory.allocatedBytes).toBe(allocatedBytes);
    expect(kernel.stack.capacity).toBe(capacity);
  });

  it('keeps activations and weights valid when memory grows', () => {
    const constant = backend.constant(floats(1, 2, 3), [3]);
    withScope(backend, () => {
      const x = backend.tensor(floats(4, 5, 6), [3]);
      const before = backend.memoryBytes;
      backend.zeros([before / 2]);
      expect(backend.memoryBytes).toBeGreaterThan(before);
      expect(backend.read(backend.add(x, constant))).toEqual(floats(5, 7, 9));
    });
  });
});
