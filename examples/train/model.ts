// Creates the model that is trained, or loads it, with its configuration and tokenizer.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type BackendName,
  type Checkpoint,
  ConfigError,
  createBackend,
  LoadError,
  openCheckpoint,
  resolveSource,
  type TaskHeadKind,
  type Tokenizer,
} from '@headwise/core';
import {
  createModel,
  createStateDict,
  openTrainable,
  type TrainableModel,
  trainBpe,
  trainUnigram,
  trainWordPiece,
} from '@headwise/core/train';
import type { ModelConfig, TokenizerConfig } from './config.ts';

type Json = Readonly<Record<string, unknown>>;

/** The parsed files of a tokenizer. */
export interface TokenizerJson {
  readonly tokenizerJson: unknown;
  readonly tokenizerConfigJson?: unknown;
}

/** A source as `loadModel` takes it: a path that begins with a dot is one relative to the configuration's directory. */
export function sourceOf(source: string, directory: string): string {
  return source.startsWith('.') ? resolve(directory, source) : source;
}

/** Loads a tokenizer, or trains one on texts. */
export async function openTokenizer(
  config: TokenizerConfig,
  directory: string,
  texts: () => readonly string[],
): Promise<TokenizerJson> {
  if ('source' in config) {
    const files = resolveSource(sourceOf(config.source, directory));
    const tokenizerJson = await files.json('tokenizer.json');
    if (!(await files.has('tokenizer_config.json'))) return { tokenizerJson };
    return { tokenizerJson, tokenizerConfigJson: await files.json('tokenizer_config.json') };
  }
  const { algorithm, vocabSize, specialTokens } = config;
  const options = { vocabSize, ...(specialTokens && { specialTokens }) };
  switch (algorithm) {
    case 'bpe':
      return trainBpe(texts(), { specialTokens: ['<|endoftext|>'], ...options });
    case 'wordPiece':
      return trainWordPiece(texts(), options);
    case 'unigram':
      return trainUnigram(texts(), options);
  }
}

/** The configuration of a model to load. */
export async function readModelConfig(model: ModelConfig, directory: string): Promise<Json> {
  if ('config' in model) return model.config;
  return (await resolveSource(sourceOf(model.source, directory)).json('config.json')) as Json;
}

/** A new model's configuration with the vocabulary and the special tokens of its tokenizer, where it does not say others. */
export function withTokenizer(config: Json, { vocabSize, specialTokens }: Tokenizer): Json {
  const { pad, bos, eos } = specialTokens;
  const own = {
    vocab_size: vocabSize,
    pad_token_id: pad,
    bos_token_id: bos ?? null,
    eos_token_id: eos ?? null,
  };
  const size = config.vocab_size ?? vocabSize;
  if (typeof size === 'number' && size < vocabSize) {
    throw new ConfigError(
      `train: model.config.vocab_size must be at least that of the tokenizer, ${vocabSize}, got ${size}`,
    );
  }
  return { ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)), ...config };
}

/** Creates the model, or loads its weights. `report` is called with the names of the tensors of a new task head. */
export async function openModel(
  model: ModelConfig,
  directory: string,
  configJson: Json,
  heads: readonly TaskHeadKind[],
  backendName: BackendName | undefined,
  report: (names: readonly string[]) => void,
): Promise<TrainableModel> {
  const backend = await createBackend(backendName ?? 'auto');
  const taskHeads = heads.length > 0 ? { taskHeads: heads } : {};
  const seed = model.seed ?? 0;
  if ('config' in model) return createModel(configJson, { backend, seed, ...taskHeads });
  const files = resolveSource(sourceOf(model.source, directory));
  const checkpoint = await openCheckpoint(files);
  if (heads.length === 0) return openTrainable(backend, configJson, checkpoint);
  const { weights, created } = withNewHead(
    checkpoint,
    createStateDict(configJson, { seed, taskHeads: heads }),
  );
  if (created.length > 0) report(created);
  return openTrainable(backend, configJson, weights, taskHeads);
}

/**
 * The weights of a model with a task head under the names of Hugging Face's class for it: those of a checkpoint, which may be that of the
 * encoder alone or have other heads, and new ones for what only the head has.
 */
function withNewHead(
  checkpoint: Checkpoint,
  initial: ReturnType<typeof createStateDict>,
): { weights: Checkpoint; created: readonly string[] } {
  const names = new Set(checkpoint.names);
  const stored = new Map<string, string>();
  const created: string[] = [];
  for (const [name, { shape }] of initial) {
    const found = namesOf(name).find((candidate) => names.has(candidate));
    const isOfHead = !BASE.test(name) || /\.pooler\./.test(name);
    // A classifier of other labels is replaced, too.
    const fits = found !== undefined && String(checkpoint.info(found).shape) === String(shape);
    if (found !== undefined && (fits || !isOfHead)) stored.set(name, found);
    else if (isOfHead) created.push(name);
    else throw new LoadError('unknown-tensor', `train: the checkpoint has no tensor ${name}`);
  }
  const weights: Checkpoint = {
    names: [...initial.keys()],
    info: (name) => {
      const own = stored.get(name);
      return own === undefined ? { dtype: 'F32', shape: initial.get(name)!.shape } : checkpoint.info(own);
    },
    read: async (name, slice) => {
      const own = stored.get(name);
      if (own !== undefined) return checkpoint.read(own, slice);
      const { data, shape } = initial.get(name)!;
      if (slice) throw new ConfigError(`train: ${name} is a new tensor, which is read whole`);
      return { dtype: 'F32', shape, bytes: new Uint8Array(data.slice().buffer) };
    },
  };
  return { weights, created };
}

/** The names that a tensor may have: without the prefix in a checkpoint of the encoder alone, and with TensorFlow's names of norms in old ones. */
function namesOf(name: string): readonly string[] {
  const old = name
    .replace(/LayerNorm\.weight$/, 'LayerNorm.gamma')
    .replace(/LayerNorm\.bias$/, 'LayerNorm.beta');
  return [name, old].flatMap((own) => [own, own.replace(BASE, '')]);
}

/** The prefix of the tensors of the encoder in a checkpoint with heads. */
const BASE = /^(bert|roberta|electra|distilbert)\./;

/** The parsed contents of the configuration file. */
export async function readJson(path: string): Promise<unknown> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`train: the configuration ${path} cannot be read`, { cause: error });
  });
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new ConfigError(`train: ${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
