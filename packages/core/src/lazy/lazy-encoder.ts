import { LocalEngine } from '../engine/local-encoder-engine.ts';
import { HeadwiseError } from '../errors.ts';
import { isEmbedder } from '../load/embedder-kind.ts';
import { type LoadEncoderOptions, loadEncoderFrom } from '../load/load-encoder.ts';
import { COMPUTE_OPTIONS, loadWeights } from '../load/load-weights.ts';
import { withSource } from '../load/model-source.ts';
import { OPEN_ENCODER_OPTIONS, openEncoder, openEncoderSource } from '../load/open-encoder.ts';
import type { ModelRepository } from '../load/open-repository.ts';
import { startLoading } from '../load/start-loading.ts';
import { encoderFromCheckpoint } from '../models/encoders/registry.ts';
import type { WeightPlan } from '../nn/run/shard.ts';
import { checkOptions } from '../options.ts';
import { EncoderModel } from '../tasks/encoder/encoder-model.ts';
import { SafetensorsCheckpoint } from '../weights/safetensors/checkpoint.ts';
import type { ModelSource } from '../weights/sources/resolve.ts';
import type { Checkpoint } from '../weights/types.ts';
import { type DividedSource, divideFile } from './divided-file.ts';
import { LazyEngine } from './lazy-engine.ts';
import { LazyWords } from './lazy-words.ts';

const TASK = 'loadLazyEncoder';

/** The names of tables of word embeddings, of all encoders. */
const WORD_TABLE = /(?:^|\.)(?:word_embeddings|tok_embeddings)\.weight$/;

/**
 * Loads an encoder as `loadEncoder` does, but returns it before its table of word embeddings has come, half of a small model. Until then, calls request
 * the rows of their tokens; results are the same, bit for bit.
 *
 * ```ts
 * const model = await loadLazyEncoder('sentence-transformers/all-MiniLM-L6-v2');
 * const vector = await model.embed('I drank coffee.');
 * ```
 *
 * This needs one file of safetensors that is not cached, on a server that answers range requests and sends strong ETags, as the hub does. Everything else
 * is loaded as a whole first. The last event of `onProgress` tells when all is there and cached. `signal` applies until then, and so do the failures of
 * `loadEncoder`: a call rejects with `LoadError` if its rows cannot be had.
 */
export async function loadLazyEncoder(
  source: ModelSource,
  { signal, ...options }: LoadEncoderOptions = {},
): Promise<EncoderModel> {
  checkOptions(TASK, { ...options, ...(signal && { signal }) }, OPEN_ENCODER_OPTIONS, COMPUTE_OPTIONS);
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  return new Promise((resolve, reject) => {
    const loading = startLoading(TASK, { ...options, signal: controller.signal }, (inner) =>
      load(
        source,
        inner,
        (model) => resolve(withSource(model, source, options)),
        async () => {
          controller.abort(new HeadwiseError('ERR_DISPOSED', 'model: it was disposed of'));
          await loading.catch(() => undefined);
        },
      ),
    );
    loading.catch(reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}

/** Passes the model to `ready` when it can compute, and settles when all of it is there. `stop` ends loading, and resolves when it has ended. */
async function load(
  source: ModelSource,
  options: LoadEncoderOptions & { signal: AbortSignal },
  ready: (model: EncoderModel) => void,
  stop: () => Promise<void>,
): Promise<void> {
  const opened = await openEncoderSource(source, options);
  if (!('files' in opened) || (await isEmbedder(opened)))
    return ready(await loadEncoderFrom(TASK, source, options, opened));
  const files = await openEncoder(TASK, source, options, opened);
  let words: LazyWords | undefined;
  const { backend, network, dtype } = await loadWeights(
    TASK,
    options,
    async () => ({ ...files, finish: () => undefined }),
    async ({ config, checkpoint }, backend, plan) => {
      const divided = await divide(checkpoint, opened, options);
      const created = (lazy: LazyWords) => {
        words = lazy;
      };
      const own = divided && { words: lazily(divided, backend, plan, created) };
      return encoderFromCheckpoint(config, checkpoint, backend, { ...plan, ...own });
    },
  );
  const local = new LocalEngine(backend, network, dtype);
  const engine = words ? new LazyEngine(local, words, stop) : local;
  ready(new EncoderModel(files.config, files.tokenizer, engine, files.settings));
  await words?.complete();
  files.finish();
}

/** A file of weights that is arriving, with the place of its table of word embeddings. */
interface DividedWeights {
  readonly name: string;
  readonly checkpoint: SafetensorsCheckpoint;
  readonly source: DividedSource;
}

/** Lets the table of word embeddings come last; undefined if the weights are not one file of safetensors that is arriving from a server with ranges. */
async function divide(
  checkpoint: Checkpoint,
  { files }: ModelRepository,
  { weightsFile = 'model.safetensors' }: LoadEncoderOptions,
): Promise<DividedWeights | undefined> {
  // Views of a file compute values, and saved files have rows that are quantised already.
  if (!(checkpoint instanceof SafetensorsCheckpoint)) return undefined;
  const name = checkpoint.names.find((one) => WORD_TABLE.test(one));
  if (name === undefined) return undefined;
  const { begin, end } = checkpoint.header.tensors.get(name)!;
  const { dataStart } = checkpoint.header;
  const file = await files.openHeader(weightsFile);
  const source = await divideFile(file, dataStart + begin, dataStart + end);
  return source && { name, checkpoint, source };
}

/** The table's replacement for a plan; `created` is called with it. */
function lazily(
  { name, checkpoint, source }: DividedWeights,
  backend: ConstructorParameters<typeof LazyWords>[0]['backend'],
  { dtype }: WeightPlan,
  created: (words: LazyWords) => void,
): NonNullable<WeightPlan['words']> {
  const { begin } = checkpoint.header.tensors.get(name)!;
  const start = checkpoint.header.dataStart + begin;
  return (loader, wanted, size, width) => {
    const info = checkpoint.info(name);
    // Another shape is refused when the table is loaded.
    if (wanted !== name || info.shape[0] !== size || info.shape[1] !== width) return undefined;
    loader.skipTensors([name]);
    const load = () => loader.table(name, size, width, { from: 0, to: size });
    const words = new LazyWords({ backend, dtype, stored: info.dtype, size, width, start, source, load });
    created(words);
    return words;
  };
}
