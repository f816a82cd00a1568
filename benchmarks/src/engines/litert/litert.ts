import type { Work } from '../../cases/work.ts';
import type { Engine, Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { litertWork } from './work.ts';

/** The used part of @litertjs/core's interface. */
export interface Litert {
  readonly Tensor: new (data: Float32Array, shape: readonly number[]) => LitertTensor;
  loadAndCompile(
    model: Uint8Array,
    options: { readonly accelerator: 'wasm'; readonly cpuOptions: { readonly numThreads: number } },
  ): Promise<LitertModel>;
  getGlobalLiteRt(): {
    readonly liteRtWasm: {
      readonly HEAPU8: Uint8Array;
      readonly LiteRtTensorBufferLockMode: { readonly READ: unknown };
    };
  };
}

interface LitertTensor {
  readonly liteRtTensorBuffer: { lock(mode: unknown): number; unlock(): void; packedSize(): number };
  delete(): void;
}

interface LitertModel {
  run(inputs: readonly LitertTensor[]): Promise<readonly LitertTensor[]>;
  delete(): void;
}

/** LiteRT.js on the CPU, with XNNPACK. */
export async function litertJs(platform: Platform, threads: number): Promise<Engine> {
  const litert = (await platform.peer('litert')) as Litert;
  return { name: 'litert-js', threads, prepare: (work) => prepare(litert, work, threads) };
}

async function prepare(litert: Litert, work: Work, numThreads: number): Promise<Prepared | undefined> {
  const written = litertWork(work);
  if (!written) return undefined;
  const model = await litert.loadAndCompile(written.model, {
    accelerator: 'wasm',
    cpuOptions: { numThreads },
  });
  const inputs = written.inputs.map(({ data, shape }) => new litert.Tensor(data, shape));
  let outputs: readonly LitertTensor[] = [];
  const release = () => {
    for (const tensor of outputs) tensor.delete();
    outputs = [];
  };
  return {
    async run() {
      release();
      outputs = await model.run(inputs);
      return viewOf(litert, outputs[0]!);
    },
    ...(written.arrange && { arrange: written.arrange }),
    dispose() {
      release();
      for (const input of inputs) input.delete();
      model.delete();
    },
  };
}

/** A tensor's values in place: `toTypedArray` would copy them. */
function viewOf(litert: Litert, { liteRtTensorBuffer: buffer }: LitertTensor): Float32Array {
  const { HEAPU8, LiteRtTensorBufferLockMode } = litert.getGlobalLiteRt().liteRtWasm;
  const address = buffer.lock(LiteRtTensorBufferLockMode.READ);
  buffer.unlock();
  return new Float32Array(HEAPU8.buffer, address, buffer.packedSize() / 4);
}
