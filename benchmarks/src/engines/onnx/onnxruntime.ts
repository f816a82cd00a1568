import type { EncoderWork, Work } from '../../cases/work.ts';
import type { BackendName } from '../../row.ts';
import type { Engine, Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { meanEmbedding } from '../pooling.ts';
import { SingleEntryCache } from '../single-entry-cache.ts';
import { prepareOnnxSpeech, releaseWhisper, startWhisper, type WhisperSessions } from '../speech/onnx.ts';
import { prepareOnnxBatches } from './batches.ts';
import { bertGraph } from './bert.ts';
import { prepareOnnxGeneration } from './generation.ts';
import type { ExternalData } from './graph.ts';
import type { OnnxRuntime, Session } from './runtime.ts';
import { type Feed, type OnnxWork, onnxWork } from './work.ts';

/** ONNX Runtime on WebAssembly. A process can set the number of threads once. */
export async function onnxruntimeWeb(platform: Platform, threads: number): Promise<Engine> {
  const runtime = (await platform.peer('onnxruntimeWeb')) as OnnxRuntime;
  runtime.env.wasm.numThreads = threads;
  return onnxEngine('onnxruntime-web', platform, runtime, threads, { executionProviders: ['wasm'] });
}

/** ONNX Runtime as native code, an upper bound for WebAssembly. */
export async function onnxruntimeNode(platform: Platform, threads: number): Promise<Engine> {
  const runtime = (await platform.peer('onnxruntimeNode')) as OnnxRuntime;
  const options = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 };
  return onnxEngine('onnxruntime-node', platform, runtime, threads, options);
}

function onnxEngine(
  name: BackendName,
  platform: Platform,
  runtime: OnnxRuntime,
  threads: number,
  options: object,
): Engine {
  const start = (model: Uint8Array, externalData: readonly ExternalData[] = []) =>
    runtime.InferenceSession.create(model, {
      ...options,
      externalData,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  const loaded = new SingleEntryCache<Session>((session) => session.release());
  const whisper = new SingleEntryCache<WhisperSessions>(releaseWhisper);
  const prepare = (work: Work) => {
    if (work.kind === 'generate') return prepareOnnxGeneration(platform, runtime, start, loaded, work);
    if (work.kind !== 'speech') return prepareOnnx(platform, runtime, start, work);
    const dtype = work.dtype === 'f32' ? 'f32' : 'q8';
    const load = () => whisper.get(dtype, () => startWhisper(platform, start, dtype));
    return prepareOnnxSpeech(platform, runtime, load, work);
  };
  const dispose = async () => {
    await loaded.clear();
    await whisper.clear();
  };
  return { name, threads, prepare, dispose };
}

async function prepareOnnx(
  platform: Platform,
  runtime: OnnxRuntime,
  start: (model: Uint8Array) => Promise<Session>,
  work: Exclude<Work, { kind: 'generate' | 'speech' }>,
): Promise<Prepared | undefined> {
  if (work.kind === 'train' || work.kind === 'tokenize') return undefined;
  if (work.kind === 'stream' || work.kind === 'greedy') return undefined;
  if (work.kind === 'batch') return prepareOnnxBatches(platform, runtime, start, work);
  const encoder = work.kind === 'encoder';
  if (encoder && work.dtype === 'q4') return undefined;
  const onnx = encoder ? await encoderModel(platform, work) : onnxWork(work);
  if (!onnx) return undefined;
  const { model, feeds, output, arrange } = onnx;
  const session = await start(model);
  const tensors = Object.fromEntries(
    feeds.map(({ name, type, data, dims }) => [name, new runtime.Tensor(type, data, dims)]),
  );
  const run = async () => {
    const { [output]: result } = await session.run(tensors);
    const data = result!.data as Float32Array;
    return encoder ? meanEmbedding(data, work.config.hidden_size) : data;
  };
  return { run, ...(arrange && { arrange }), dispose: () => session.release() };
}

async function encoderModel(platform: Platform, work: EncoderWork): Promise<OnnxWork> {
  const file = work.dtype === 'f32' ? 'minilm-onnx' : 'minilm-onnx-int8';
  const model = work.weights ? bertGraph(work) : await platform.weights(file);
  const dims = [1, work.ids.length];
  const feed = (name: string, data: BigInt64Array): Feed => ({ name, type: 'int64', data, dims });
  const feeds = [
    feed('input_ids', BigInt64Array.from(work.ids, BigInt)),
    feed('attention_mask', new BigInt64Array(work.ids.length).fill(1n)),
    feed('token_type_ids', new BigInt64Array(work.ids.length)),
  ];
  return { model, feeds, output: 'last_hidden_state' };
}
