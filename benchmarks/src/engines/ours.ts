import {
  type Backend,
  type BackendName,
  createBackend,
  type LocalDecoderEngine,
  loadModel,
  type Tensor,
  withScope,
} from '@headwise/core';
import type { GenerateWork, OperationWork, Work } from '../cases/work.ts';
import { decoderKey, loadDecoderEngine, prepareGeneration } from './decoders.ts';
import { prepareEmbeddings } from './embeddings.ts';
import { encoderFiles } from './encoder-files.ts';
import type { Engine, Prepared } from './engine.ts';
import { Kept } from './kept.ts';
import { swapOuterAxes, transpose } from './layout.ts';
import type { Platform } from './platform.ts';

/** One of Headwise's own backends, on one thread. */
export async function ours(platform: Platform, name: BackendName): Promise<Engine> {
  const backend = await createBackend(name);
  const kept = new Kept<LocalDecoderEngine>((engine) => engine.dispose());
  const prepare = (work: Work) => {
    // The reference multiplies floats whatever type it keeps: its f32 row has said it all.
    if (name === 'reference' && 'dtype' in work && work.dtype !== 'f32') return undefined;
    if (work.kind === 'generate') return prepareKept(platform, backend, kept, work);
    return prepareOurs(platform, backend, work);
  };
  return { name, threads: 1, prepare, dispose: () => kept.drop() };
}

/** The prompt and the tokens after it are two cases of one model, which takes long to load. */
async function prepareKept(
  platform: Platform,
  backend: Backend,
  kept: Kept<LocalDecoderEngine>,
  work: GenerateWork,
): Promise<Prepared> {
  const load = () => loadDecoderEngine(platform, backend, work);
  return prepareGeneration(await kept.get(decoderKey(work), load), work);
}

/** Makes work ready on a backend of ours. */
export async function prepareOurs(platform: Platform, backend: Backend, work: Work): Promise<Prepared> {
  if (work.kind === 'generate') {
    const engine = await loadDecoderEngine(platform, backend, work);
    return { ...(await prepareGeneration(engine, work)), dispose: () => engine.dispose() };
  }
  if (work.kind !== 'encoder' && work.kind !== 'batch') return prepareOperation(backend, work);
  const encoder = work.kind === 'batch' ? work.encoder : work;
  const model = await loadModel(await encoderFiles(platform, encoder), { backend, dtype: encoder.dtype });
  return prepareEmbeddings(model, work);
}

/** Operands stay in the backend's memory, as they would between layers; a run computes, and reads the output out. */
function prepareOperation(backend: Backend, work: OperationWork): Prepared {
  const held: Parameters<Backend['release']>[0][] = [];
  const constant = (data: Float32Array, ...shape: readonly number[]): Tensor => {
    const tensor = backend.constant(data, shape);
    held.push(tensor);
    return tensor;
  };
  const dtype = 'dtype' in work ? work.dtype : 'f32';
  const weights = (b: Float32Array, k: number, n: number) => {
    const linear = backend.linearWeights(transpose(b, k, n), undefined, k, dtype);
    held.push(linear);
    return linear;
  };
  const prepared = (compute: () => Tensor): Prepared => ({
    run: () => withScope(backend, () => backend.read(compute())),
    dispose() {
      for (const item of held) backend.release(item);
    },
  });

  switch (work.kind) {
    case 'matmul': {
      const [x, linear] = [constant(work.a, work.m, work.k), weights(work.b, work.k, work.n)];
      return prepared(() => backend.linear(x, linear));
    }
    case 'softmax': {
      const x = constant(work.x, work.rows, work.columns);
      return prepared(() => backend.softmax(x));
    }
    case 'layer-norm': {
      const x = constant(work.x, work.rows, work.columns);
      const [gain, bias] = [constant(work.gamma, work.columns), constant(work.beta, work.columns)];
      return prepared(() => backend.layerNorm(x, gain, bias, work.epsilon));
    }
    case 'attention': {
      const { heads, tokens, size } = work;
      const rows = (x: Float32Array) => constant(swapOuterAxes(x, heads, tokens), tokens, heads * size);
      const [queries, keys, values] = [rows(work.queries), rows(work.keys), rows(work.values)];
      const options = { heads, queryOffsets: Int32Array.of(0, tokens) };
      return {
        ...prepared(() => backend.attention(queries, keys, values, options)),
        arrange: (output) => swapOuterAxes(output, tokens, heads),
      };
    }
    case 'decode': {
      const inputs = new Map([...work.inputs].map(([width, data]) => [width, constant(data, 1, width)]));
      const layers = work.layers.map(({ k, n, weights: data }) => ({
        x: inputs.get(k)!,
        linear: weights(data, k, n),
      }));
      const length = work.layers.reduce((sum, { n }) => sum + n, 0);
      const output = new Float32Array(length);
      const run = () => {
        let at = 0;
        for (const { x, linear } of layers) {
          output.set(
            withScope(backend, () => backend.read(backend.linear(x, linear))),
            at,
          );
          at += linear.outFeatures;
        }
        return output;
      };
      return { ...prepared(() => backend.zeros([0])), run };
    }
  }
}
