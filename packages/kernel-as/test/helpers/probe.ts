import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import type { KernelBuild } from '../../src/index.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export type ElementaryFunction = 'exp' | 'expNonPositive' | 'erf' | 'tanh' | 'sigmoid';

/** The elementary functions of assembly/math.ts, compiled with the kernel's options, applied to arrays. */
export type Probe = Readonly<Record<ElementaryFunction, (values: Float32Array) => Float32Array>>;

export async function compileProbe(build: KernelBuild): Promise<Probe> {
  let wasm: Uint8Array | undefined;
  const features = build === 'simd' ? ['simd'] : ['simd', 'relaxed-simd'];
  const { error, stderr } = await asc.main(
    [
      'assembly/testing/math-probe.ts',
      ...['--baseDir', root, '--outFile', 'probe.wasm', '--runtime', 'stub', '-O3', '--noAssert'],
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') wasm = contents;
      },
    },
  );
  if (error || !wasm) throw new Error(`asc could not compile the probe: ${stderr}`, { cause: error });
  const { instance } = await WebAssembly.instantiate(wasm.slice());
  const { memory, heapBase, ...functions } = instance.exports as unknown as {
    memory: WebAssembly.Memory;
    heapBase(): number;
  } & Record<ElementaryFunction, (from: number, to: number, n: number) => void>;
  const base = Math.ceil(heapBase() / 16) * 16;
  const run = (name: ElementaryFunction) => (values: Float32Array) => {
    const n = Math.ceil(values.length / 8) * 8;
    const missing = base + n * 4 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    new Float32Array(memory.buffer, base, values.length).set(values);
    functions[name](base, base, n);
    return new Float32Array(memory.buffer, base, values.length).slice();
  };
  return {
    exp: run('exp'),
    expNonPositive: run('expNonPositive'),
    erf: run('erf'),
    tanh: run('tanh'),
    sigmoid: run('sigmoid'),
  };
}
