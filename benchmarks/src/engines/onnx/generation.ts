import { type DecoderShape, decoderShape } from '../../cases/decoders.ts';
import type { GenerateWork } from '../../cases/work.ts';
import { decoderKey, decoderWeights } from '../decoders.ts';
import type { Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import type { SingleEntryCache } from '../single-entry-cache.ts';
import { decoderGraph } from './decoder.ts';
import type { ExternalData } from './graph.ts';
import type { OnnxRuntime, Session, Tensor } from './runtime.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Starts a session of a model with external constants. */
type Start = (model: Uint8Array, externalData: readonly ExternalData[]) => Promise<Session>;

/**
 * Prepares a decoder on ONNX Runtime. The cache is an output of one run and an input of the next, which WebAssembly copies for each token: the
 * runtime keeps tensors on its side on GPUs only.
 */
export async function prepareOnnxGeneration(
  platform: Platform,
  runtime: OnnxRuntime,
  start: Start,
  loaded: SingleEntryCache<Session>,
  work: GenerateWork,
): Promise<Prepared> {
  const session = await loaded.get(decoderKey(work), async () => {
    const { config, dtype } = work;
    const { model, externalData } = decoderGraph(config, await decoderWeights(platform, work), dtype);
    return start(model, externalData);
  });
  const { past, tokens, atOnce } = work;
  const decode = (ids: Int32Array, begin: number, cache: Tensors) => {
    const dims = [1, ids.length];
    const positions = BigInt64Array.from(ids, (_, i) => BigInt(begin + i));
    return session.run({
      ...cache,
      input_ids: new runtime.Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
      position_ids: new runtime.Tensor('int64', positions, dims),
    });
  };
  const shape = decoderShape(work.config);
  let cache = emptyCache(runtime, shape);
  if (past.length > 0) cache = asPast(await decode(past, 0, cache));
  const run = async () => {
    let outputs: Tensors = {};
    let now = cache;
    for (let i = 0; i < tokens.length; i += atOnce) {
      outputs = await decode(tokens.subarray(i, i + atOnce), past.length + i, now);
      now = asPast(outputs);
    }
    return outputs.logits!.data as Float32Array;
  };
  return { run, dispose: () => {} };
}

function emptyCache(runtime: OnnxRuntime, { layers, keyValueHeads, headDim }: DecoderShape): Tensors {
  const names = Array.from({ length: layers }, (_, i) =>
    ['key', 'value'].map((part) => `${i}.${part}`),
  ).flat();
  const dims = [1, keyValueHeads, 0, headDim];
  return Object.fromEntries(
    names.map((name) => [
      `past_key_values.${name}`,
      new runtime.Tensor('float32', new Float32Array(0), dims),
    ]),
  );
}

/** Cache outputs of a run, renamed to the inputs of the next. */
function asPast(outputs: Tensors): Tensors {
  const entries = Object.entries(outputs).filter(([name]) => name.startsWith('present.'));
  return Object.fromEntries(
    entries.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );
}
