import type { DecoderHead } from '../engine/decoder-embedding-engine.ts';
import type { DecoderEmbedderConfig, StaticEmbedderConfig } from '../engine/embedder-config.ts';
import { ConfigError, LoadError } from '../errors.ts';
import { ConfigReader } from '../models/config.ts';
import { readDecoderConfig } from '../models/decoders/registry.ts';
import { readTaskHeads } from '../models/encoders/encoder-config.ts';
import type { SentenceSettings } from '../models/encoders/pooling.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import { modelKindOf } from '../models/model-types.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { toFloat32 } from '../weights/convert.ts';
import type { Checkpoint } from '../weights/types.ts';
import { type DecoderHeadKind, decoderHeadOf } from './embedder-kind.ts';
import { type OpenEncoderOptions, openTokenizer } from './open-encoder.ts';
import type { ModelRepository } from './open-repository.ts';
import { readQuantized } from './read-quantized.ts';
import { modulesOf } from './sentence-modules.ts';
import { readSentenceSettings } from './sentence-transformers.ts';

/** What every embedding model is opened with besides its weights. */
export interface EmbedderFiles {
  readonly tokenizer: Tokenizer;
  readonly settings: SentenceSettings;
  /** To be called once all weights are read: sends the last progress event. */
  finish(): void;
}

/** The files of a model that is used as an encoder but has the weights of another kind. */
export type OpenedEmbedder =
  | (EmbedderFiles & {
      readonly kind: 'decoder';
      readonly config: DecoderEmbedderConfig;
      readonly checkpoint: Checkpoint;
      readonly head: DecoderHead | undefined;
    })
  | (EmbedderFiles & {
      readonly kind: 'static';
      readonly config: StaticEmbedderConfig;
      /** `[vocabSize, hiddenSize]`. */
      readonly table: Float32Array;
    });

/** Opens a repository that `isEmbedder` accepts. Rejects with `LoadError`, `FormatError` or `ConfigError`. */
export async function openEmbedder(
  task: string,
  repository: ModelRepository,
  options: OpenEncoderOptions,
): Promise<OpenedEmbedder> {
  if (modelKindOf(repository.configJson) === 'causalLM') return openDecoder(task, repository, options);
  return openStatic(task, repository);
}

async function openDecoder(
  task: string,
  { files, configJson }: ModelRepository,
  { taskHeads, weightsFile, adapter }: OpenEncoderOptions,
): Promise<OpenedEmbedder> {
  const own = decoderHeadOf(configJson);
  const stored: TaskHeadKind[] = own ? [own] : [];
  const missing = taskHeads?.find((kind) => !stored.includes(kind));
  if (missing !== undefined) {
    throw new ConfigError(
      `${task}: taskHeads has ${missing}; this decoder has ${stored.join(', ') || 'no task heads'}`,
    );
  }
  const settings = await readSentenceSettings(files, configJson);
  const tokenizer = await openTokenizer(files, settings, configJson);
  const read = await readQuantized({ configJson, checkpoint: await openCheckpoint(files, weightsFile) });
  const merged = adapter?.mergeInto(read.checkpoint) ?? read.checkpoint;
  // Transformers' classes for question answering call the model `transformer`, whatever it is in the others.
  const checkpoint =
    own === 'questionAnswering' && merged.names.includes('transformer.embed_tokens.weight')
      ? renamed(merged, 'transformer.', 'model.')
      : merged;
  const reader = new ConfigReader(configJson);
  const heads = readTaskHeads(reader, taskHeads ?? stored, []);
  const decoder = await readDecoderConfig(read.configJson);
  if ('projections' in decoder) {
    throw new ConfigError(
      `${task}: word_embed_proj_dim must be hidden_size for a decoder to embed or classify, got ${decoder.projections?.size} and ${decoder.hiddenSize}`,
    );
  }
  // The output head of a language model is not needed: it shares the embeddings' memory.
  const parsed = { ...decoder, tieWordEmbeddings: true, ...('headBias' in decoder && { headBias: false }) };
  const labels = heads.labels.length;
  return {
    kind: 'decoder',
    config: { ...parsed, ...heads },
    checkpoint: without(
      checkpoint,
      own && own !== 'sequenceClassification'
        ? /^(lm_head\.(weight|bias)|embed_out\.weight|(score|classifier|qa_outputs)\.(weight|bias))$/
        : /^(lm_head\.(weight|bias)|embed_out\.weight|score\.weight)$/,
    ),
    head:
      own && heads.taskHeads.length > 0
        ? await readHead(checkpoint, reader, own, labels, parsed.hiddenSize)
        : undefined,
    tokenizer,
    settings,
    finish: () => files.finish(),
  };
}

/** The names of the layers that are heads: those of most classes, then those of GPT-2, GPT-Neo, GPT-NeoX and Falcon. */
const HEAD_LAYERS: Readonly<Record<DecoderHeadKind, readonly string[]>> = {
  sequenceClassification: ['score'],
  tokenClassification: ['score', 'classifier'],
  questionAnswering: ['qa_outputs'],
};

async function readHead(
  checkpoint: Checkpoint,
  reader: ConfigReader,
  kind: DecoderHeadKind,
  configured: number,
  hiddenSize: number,
): Promise<DecoderHead> {
  // The two logits of question answering are those of a span's start and end.
  const labels = kind === 'questionAnswering' ? 2 : configured;
  const layer =
    HEAD_LAYERS[kind].find((one) => checkpoint.names.includes(`${one}.weight`)) ?? HEAD_LAYERS[kind][0]!;
  const name = `${layer}.weight`;
  const { shape, origin } = checkpoint.info(name);
  origin?.use?.('f32', false);
  if (shape.length !== 2 || shape[0] !== labels || shape[1] !== hiddenSize) {
    throw new ConfigError(
      `checkpoint: ${name} must be [${labels}, ${hiddenSize}] by the configuration, is [${shape.join(', ')}]`,
    );
  }
  const [padTokenId] = reader.ids('pad_token_id') ?? [];
  const biasName = `${layer}.bias`;
  const bias =
    kind !== 'sequenceClassification' && checkpoint.names.includes(biasName)
      ? toFloat32(await checkpoint.read(biasName))
      : undefined;
  if (bias) checkpoint.info(biasName).origin?.use?.('f32', false);
  if (bias && bias.length !== labels) {
    throw new ConfigError(`checkpoint: ${biasName} must have ${labels} values, has ${bias.length}`);
  }
  return {
    kind,
    weight: toFloat32(await checkpoint.read(name)),
    ...(bias && { bias }),
    labels,
    ...(padTokenId !== undefined && { padTokenId }),
  };
}

/** The checkpoint with another prefix of names. */
function renamed(checkpoint: Checkpoint, from: string, to: string): Checkpoint {
  const stored = new Map(
    checkpoint.names.map((name) => [name.startsWith(from) ? `${to}${name.slice(from.length)}` : name, name]),
  );
  const source = (name: string) => stored.get(name) ?? name;
  return {
    names: [...stored.keys()],
    info: (name) => checkpoint.info(source(name)),
    read: (name, slice) => checkpoint.read(source(name), slice),
  };
}

/** The checkpoint without some tensors. */
function without(checkpoint: Checkpoint, pattern: RegExp): Checkpoint {
  return {
    names: checkpoint.names.filter((name) => !pattern.test(name)),
    info: (name) => checkpoint.info(name),
    read: (name, slice) => checkpoint.read(name, slice),
  };
}

async function openStatic(task: string, { files }: ModelRepository): Promise<OpenedEmbedder> {
  if (!(await files.has('modules.json'))) {
    throw new ConfigError(
      `${task}: a model of model2vec needs a modules.json, which says how sentence-transformers uses it`,
    );
  }
  const [module] = modulesOf(await files.json('modules.json'));
  if (module?.kind !== 'StaticEmbedding') {
    throw new ConfigError(
      `${task}: modules.json must begin with StaticEmbedding, got ${JSON.stringify(module?.kind)}`,
    );
  }
  const folder = module.path === '' ? '' : `${module.path}/`;
  const settings = await readSentenceSettings(files, undefined);
  const tokenizer = await openTokenizer(files, settings, undefined, folder);
  const checkpoint = await openCheckpoint(files, `${folder}model.safetensors`);
  const name = ['embedding.weight', 'embeddings'].find((one) => checkpoint.names.includes(one));
  const others = checkpoint.names.filter((one) => one !== name);
  if (name === undefined || others.length > 0) {
    throw new LoadError(
      'unknown-tensor',
      `${folder}model.safetensors must have the tensor embedding.weight or embeddings alone, it has ${checkpoint.names.slice(0, 5).join(', ')}`,
    );
  }
  const { shape } = checkpoint.info(name);
  const [vocabSize = 0, hiddenSize = 0] = shape;
  if (shape.length !== 2 || vocabSize === 0 || hiddenSize === 0) {
    throw new ConfigError(
      `${folder}model.safetensors: ${name} must be [tokens, features], is [${shape.join(', ')}]`,
    );
  }
  return {
    kind: 'static',
    config: {
      modelType: 'static-embedding',
      vocabSize,
      hiddenSize,
      contextLength: Infinity,
      numHiddenLayers: 0,
      numAttentionHeads: 0,
      taskHeads: [],
      labels: [],
      problemType: 'singleLabel',
    },
    table: toFloat32(await checkpoint.read(name)),
    tokenizer,
    settings,
    finish: () => files.finish(),
  };
}
