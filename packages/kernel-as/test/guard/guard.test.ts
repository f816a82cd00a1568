import { beforeAll, describe, expect, it } from 'vitest';
import { GuardedMemory, sequence } from '../helpers/guard.ts';

describe('GuardedMemory', () => {
  let memory: GuardedMemory;

  beforeAll(async () => {
    memory = await GuardedMemory.create('simd', 1);
  });

  const add = (n: number) => (x?: number, y?: number, out?: number) =>
    memory.kernel.exports.add(x!, y!, out!, n);
  const out = (n: number) => ({ values: new Float32Array(n), writes: true });

  it('accepts a call that accesses only its arguments', () => {
    const [sum] = memory.run('add', [{ values: sequence(5) }, { values: sequence(5, 2) }, out(5)], add(5));
    expect(sum).toHaveLength(20);
  });

  it('fails when a call writes past an argument', () => {
    const buffers = [{ values: sequence(6) }, { values: sequence(6, 2) }, out(5)];
    expect(() => memory.run('add', buffers, add(6))).toThrow(/wrote outside its outputs|out of bounds/);
  });

  it('fails when a call writes to a read-only argument', () => {
    const buffers = [{ values: sequence(5) }, { values: sequence(5, 2) }, { values: new Float32Array(5) }];
    expect(() => memory.run('add', buffers, add(5))).toThrow('wrote outside its outputs');
  });

  it('fails when a call writes between the rows of an output', () => {
    const buffers = [
      { values: sequence(6) },
      { values: sequence(6, 2) },
      { values: new Float32Array(6), writes: (element: number) => element % 3 < 2 },
    ];
    expect(() => memory.run('add', buffers, add(6))).toThrow('wrote outside its outputs');
  });

  it('fails when a call reads past an argument at the end of memory', () => {
    const buffers = [{ values: sequence(5) }, { values: sequence(6, 2) }, out(6)];
    expect(() => memory.run('add', buffers, add(6))).toThrow('out of bounds');
  });

  it('fails when a result depends on a value before an argument', () => {
    const buffers = [{ values: sequence(5) }, { values: sequence(5, 2) }, out(5)];
    expect(() =>
      memory.run('add', buffers, (x, y, to) => memory.kernel.exports.add(x! - 4, y!, to!, 5)),
    ).toThrow('depends on memory outside the arguments');
  });
});
