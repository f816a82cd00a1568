import { type EncoderModel, type Hooks, loadModel, type ProgressEvent, silence } from '@headwise/core';
import { dot } from '../lib/vectors.ts';
import type { Comparison, Engine, HeadId, LoadProgress, ModelInfo, Reading } from './types.ts';

const WEIGHTS_FILE = 'model.fp16.safetensors';

function toProgress(event: ProgressEvent): LoadProgress {
  const weightsAreAsked = event.files.some((file) => file.name === WEIGHTS_FILE);
  return {
    loaded: event.loaded,
    // The small files come first; a bar that is full of them would start again with the weights.
    total: weightsAreAsked ? event.total : undefined,
    done: event.done,
    cached: event.files.length > 0 && event.files.every((file) => file.cached),
  };
}

function silencing(heads: readonly HeadId[]): Hooks {
  return Object.fromEntries(
    heads.map(({ layer, head }) => [`blocks.${layer}.attention.heads.${head}.context`, silence()]),
  );
}

/** The engine over `@headwise/core`, in whatever thread calls it. The calls run one after the other. */
export class EngineService implements Engine {
  #model: EncoderModel | undefined;
  #last: Promise<unknown> = Promise.resolve();

  async load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo> {
    const model = await loadModel(modelUrl, {
      weightsFile: WEIGHTS_FILE,
      onProgress: (event) => onProgress(toProgress(event)),
    });
    this.#model = model;
    const { numHiddenLayers, numAttentionHeads, hiddenSize } = model.config;
    return { backend: model.backend, layers: numHiddenLayers, heads: numAttentionHeads, hiddenSize };
  }

  read(text: string, silenced: readonly HeadId[]): Promise<Reading> {
    return this.#inTurn(async (model) => {
      const whole = silenced.length > 0 ? await model.embed(text) : undefined;
      const started = performance.now();
      const trace = await model.trace(text, { hooks: silencing(silenced) });
      const milliseconds = performance.now() - started;
      const [layers, heads, tokens] = trace.attention.shape;
      return {
        text,
        tokens: trace.tokens,
        ids: [...trace.ids],
        attention: { layers, heads, tokens, data: trace.attention.data },
        embedding: trace.embedding,
        silenced,
        cosineToWhole: whole === undefined ? 1 : dot(whole, trace.embedding),
        milliseconds,
      };
    });
  }

  compare(a: string, b: string): Promise<Comparison> {
    return this.#inTurn(async (model) => {
      const started = performance.now();
      const first = await model.embed(a);
      const second = await model.embed(b);
      return {
        texts: [a, b],
        embeddings: [first, second],
        cosine: dot(first, second),
        milliseconds: performance.now() - started,
      };
    });
  }

  silenceEach(text: string, layer: number): Promise<readonly number[]> {
    return this.#inTurn(async (model) => {
      const whole = await model.embed(text);
      const cosines: number[] = [];
      for (let head = 0; head < model.config.numAttentionHeads; head += 1) {
        cosines.push(dot(whole, await model.embed(text, { hooks: silencing([{ layer, head }]) })));
      }
      return cosines;
    });
  }

  #inTurn<T>(work: (model: EncoderModel) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#model === undefined) throw new Error('The model is not loaded yet.');
      return work(this.#model);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
