import type {
  Dtype,
  EncoderWork,
  Engine,
  OperationWork,
  Platform,
  Prepared,
} from '@headwise/benchmarks/page';
import { bertConfigs, bertShapes, prepareEmbeddings, prepareOperation } from '@headwise/benchmarks/page';
import {
  type Backend,
  type Checkpoint,
  createBackend,
  HeadwiseError,
  openCheckpoint,
  resolveSource,
} from '@headwise/core';
import { toFloat32 } from '@headwise/core/internal';
import { loadEntry } from '../load/index.ts';
import { modelEntry } from '../registry.ts';
import { CONTENDERS, type ContenderId, type PeerId } from './contenders.ts';

/** Where files are: folders, as URLs. */
export interface Places {
  readonly models: string;
  readonly peers: string;
}

/** Modules of the peers, in a folder of the peer's name. */
const MODULES: Readonly<Record<PeerId, string>> = {
  'onnxruntime-web': 'ort.wasm.bundle.min.mjs',
  tfjs: 'tfjs.mjs',
};

const MINILM = modelEntry('minilm');

/** Starts the engine of a contender. */
export async function startContender(id: ContenderId, places: Places, signal: AbortSignal): Promise<Engine> {
  const { backend, dtype, threads } = CONTENDERS[id];
  if (backend === 'workers')
    return { name: backend, threads, prepare: () => inWorkers(places, threads, signal) };
  if (backend === 'onnxruntime-web') return onnxruntime(places, signal);
  if (backend === 'tfjs-wasm') return tfjs(places);
  return ours(await createBackend(backend), dtype, places, signal);
}

/** A backend of Headwise on this thread. */
export function ours(backend: Backend, dtype: Dtype, places: Places, signal: AbortSignal): Engine {
  const prepare = async (work: Parameters<Engine['prepare']>[0]): Promise<Prepared | undefined> => {
    if (work.kind !== 'encoder') return prepareOperation(backend, work as OperationWork);
    const source = new URL('minilm/', places.models);
    return prepareEmbeddings(await loadEntry<'minilm'>(MINILM, source, { backend, dtype, signal }), work);
  };
  // The benchmarks know backends by name, of which this is one.
  return { name: backend.name as Engine['name'], threads: 1, prepare };
}

async function inWorkers(places: Places, workers: number, signal: AbortSignal): Promise<Prepared> {
  const { loadEncoder } = await import('@headwise/worker');
  const { SUBJECTS } = await import('./works.ts');
  const source = new URL('minilm/', places.models);
  const { weightsFile } = MINILM;
  const model = await loadEncoder(source, { weightsFile, workers, dtype: 'f32', signal });
  return prepareEmbeddings(model, SUBJECTS.encoder.work('f32') as EncoderWork);
}

/** onnxruntime-web on one thread. It computes MiniLM with the weights that Headwise has, in a graph as exporters write it. */
async function onnxruntime(places: Places, signal: AbortSignal): Promise<Engine> {
  const { onnxruntimeWeb } = await import('@headwise/benchmarks/page-peers');
  const engine = await onnxruntimeWeb(platformOf(places), 1);
  return {
    ...engine,
    prepare: async (work) =>
      engine.prepare(work.kind === 'encoder' ? { ...work, weights: await weightsOf(places, signal) } : work),
  };
}

async function tfjs(places: Places): Promise<Engine> {
  const { tfjsWasm } = await import('@headwise/benchmarks/page-peers');
  return tfjsWasm(platformOf(places));
}

function platformOf({ peers }: Places): Platform {
  const missing = (): never => {
    throw new HeadwiseError('ERR_INTERNAL', 'benchmark: the page has no such file');
  };
  const folderOf = (id: PeerId): URL => new URL(`${id}/`, peers);
  const load = async (id: PeerId): Promise<unknown> =>
    import(/* @vite-ignore */ new URL(MODULES[id], folderOf(id)).href);
  return {
    kind: 'browser',
    async peer(name) {
      if (name === 'onnxruntimeWeb') {
        const runtime = (await load('onnxruntime-web')) as { env: { wasm: { wasmPaths: object } } };
        const wasm = new URL('ort-wasm-simd-threaded.wasm', folderOf('onnxruntime-web')).href;
        runtime.env.wasm.wasmPaths = { wasm };
        return runtime;
      }
      if (name !== 'tfjs') return missing();
      const module = (await load('tfjs')) as { setWasmPaths(prefix: string): void };
      module.setWasmPaths(folderOf('tfjs').href);
      return module;
    },
    weights: missing,
    minilm: missing,
    stories15m: missing,
    tokenizer: missing,
    messages: missing,
  };
}

/** MiniLM's weights in 32 bits, by their names in the checkpoint: what Headwise computes with in 32 bits, too. */
async function weightsOf(
  { models }: Places,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Float32Array>> {
  const files = resolveSource(new URL('minilm/', models), { signal });
  const checkpoint = await openCheckpoint(files, MINILM.weightsFile);
  const stored = new Set(checkpoint.names);
  const weights = new Map<string, Float32Array>();
  for (const name of bertShapes(bertConfigs.MiniLM).keys()) {
    if (stored.has(name)) weights.set(name, toFloat32(await checkpoint.read(name)));
    else weights.set(name, await dequantised(checkpoint, name));
  }
  return weights;
}

/** A tensor that the file has in 8 bits, with a scale for each row. */
async function dequantised(checkpoint: Checkpoint, name: string): Promise<Float32Array> {
  const { bytes, shape } = await checkpoint.read(`${name}.q8`);
  const scales = toFloat32(await checkpoint.read(`${name}.q8.scale`));
  const columns = shape[1] ?? 1;
  const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from(values, (value, i) => value * scales[Math.floor(i / columns)]!);
}
