import {
  type EncoderModel,
  HeadwiseError,
  type Hooks,
  loadEncoder,
  type ProgressEvent,
  silence,
} from '@headwise/core';
import { dot, unitVector } from '../lib/vectors.ts';
import type { Comparison, Engine, HeadId, LoadProgress, ModelInfo, SentenceTrace } from './types.ts';

const WEIGHTS_FILE = 'model.fp16.safetensors';
/** The package of the weights has no modules.json, which would say so. */
const UNIT = { normalize: true };

function toProgress(event: ProgressEvent): LoadProgress {
  const weightsRequested = event.files.some((file) => file.name === WEIGHTS_FILE);
  return {
    loaded: event.loaded,
    // The small files are requested first; a total without the weights would fill the progress bar too early.
    total: weightsRequested ? event.total : undefined,
    done: event.done,
    cached: event.files.length > 0 && event.files.every((file) => file.cached),
  };
}

function silenceHooks(heads: readonly HeadId[]): Hooks {
  return Object.fromEntries(
    heads.map(({ layer, head }) => [`blocks.${layer}.attention.heads.${head}.context`, silence()]),
  );
}

/** How many tokens a text has, and its end that the model does not read. */
function readLength(
  { tokenizer, maxLength }: EncoderModel,
  text: string,
): Pick<SentenceTrace, 'totalTokens' | 'unread'> {
  const { ids, offsets } = tokenizer.encode(text, { offsets: true });
  if (ids.length <= maxLength) return { totalTokens: ids.length, unread: '' };
  // The last token of a text that is cut is [SEP]: the one before it is the last that is read.
  const last = maxLength - 2;
  return { totalTokens: ids.length, unread: text.slice(offsets[2 * last + 1]) };
}

/** The engine on `@headwise/core`, on the calling thread. Calls run one after the other. */
export class EngineService implements Engine {
  #model: EncoderModel | undefined;
  #last: Promise<unknown> = Promise.resolve();

  async load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo> {
    const model = await loadEncoder(modelUrl, {
      weightsFile: WEIGHTS_FILE,
      onProgress: (event) => onProgress(toProgress(event)),
    });
    this.#model = model;
    const { numHiddenLayers, numAttentionHeads, hiddenSize } = model.config;
    return { backend: model.backend, layers: numHiddenLayers, heads: numAttentionHeads, hiddenSize };
  }

  trace(text: string, silenced: readonly HeadId[]): Promise<SentenceTrace> {
    return this.#runSerially(async (model) => {
      const baseline = silenced.length > 0 ? await model.embed(text, UNIT) : undefined;
      const started = performance.now();
      const trace = await model.trace(text, { hooks: silenceHooks(silenced) });
      const milliseconds = performance.now() - started;
      const [layers, heads, tokens] = trace.attention.shape;
      const embedding = unitVector(trace.embedding);
      return {
        text,
        tokens: trace.tokens,
        ids: [...trace.ids],
        ...readLength(model, text),
        attention: { layers, heads, tokens, data: trace.attention.data },
        embedding,
        silenced,
        cosineToBaseline: baseline === undefined ? 1 : dot(baseline, embedding),
        milliseconds,
      };
    });
  }

  compare(a: string, b: string): Promise<Comparison> {
    return this.#runSerially(async (model) => {
      const started = performance.now();
      const first = await model.embed(a, UNIT);
      const second = await model.embed(b, UNIT);
      return {
        texts: [a, b],
        embeddings: [first, second],
        cosine: dot(first, second),
        milliseconds: performance.now() - started,
      };
    });
  }

  ablateHeads(text: string, layer: number): Promise<readonly number[]> {
    return this.#runSerially(async (model) => {
      const baseline = await model.embed(text, UNIT);
      const cosines: number[] = [];
      for (let head = 0; head < model.config.numAttentionHeads; head += 1) {
        cosines.push(
          dot(baseline, await model.embed(text, { ...UNIT, hooks: silenceHooks([{ layer, head }]) })),
        );
      }
      return cosines;
    });
  }

  #runSerially<T>(work: (model: EncoderModel) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#model === undefined) throw new HeadwiseError('ERR_NOT_LOADED', 'The model is not loaded.');
      return work(this.#model);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
