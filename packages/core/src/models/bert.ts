import type { ActivationName, Backend, Tensor } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import { Embedding } from '../nn/embedding.ts';
import { EncoderBlock } from '../nn/encoder-block.ts';
import { FeedForward } from '../nn/feed-forward.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import { Parameters } from '../nn/parameters.ts';
import { observe, type Run, sumOverShards } from '../nn/run.ts';
import { SelfAttention } from '../nn/self-attention.ts';
import { type Shard, WHOLE } from '../nn/shard.ts';
import type { Steps } from '../nn/steps.ts';
import type { Checkpoint } from '../weights/types.ts';
import { activationByName } from './activation.ts';
import { ConfigReader } from './config.ts';
import type { Encoder, TokenBatch } from './encoder.ts';

/** The sizes of a BERT (Devlin et al. 2019), from its config.json. */
export interface BertConfig {
  readonly modelType: 'bert';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: ActivationName;
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
}

/** Throws `ConfigError` naming the value that does not fit. Missing values are BERT-base's, as in Hugging Face's library. */
export function parseBertConfig(json: unknown): BertConfig {
  const reader = new ConfigReader(json);
  const config: BertConfig = {
    modelType: 'bert',
    vocabSize: reader.size('vocab_size', 30_522),
    hiddenSize: reader.size('hidden_size', 768),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', 12),
    intermediateSize: reader.size('intermediate_size', 3072),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings: reader.size('max_position_embeddings', 512),
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
  };
  if (config.hiddenSize % config.numAttentionHeads !== 0) {
    throw new ConfigError(
      `config.json: hidden_size must divide into num_attention_heads, got ${config.hiddenSize} and ${config.numAttentionHeads}`,
    );
  }
  const positions = reader.text('position_embedding_type', 'absolute');
  if (positions !== 'absolute') {
    throw new ConfigError(
      `config.json: position_embedding_type must be absolute, got ${JSON.stringify(positions)}`,
    );
  }
  return config;
}

/** What BERT checkpoints carry that an encoder does not need: heads of the pre-training tasks, and a list 0, 1, 2, …. */
const NOT_NEEDED = [/^(bert\.)?pooler\./, /^cls\./, /^(bert\.)?embeddings\.position_ids$/];

/** BERT's encoder. A shard of it holds its share of every layer's heads and feed-forward units and of the vocabulary. */
export class BertModel implements Encoder {
  readonly config: BertConfig;
  readonly #parameters: Parameters;
  readonly #words: Embedding;
  readonly #positions: Embedding;
  readonly #types: Embedding;
  readonly #norm: LayerNorm;
  readonly #blocks: readonly EncoderBlock[];

  private constructor(
    config: BertConfig,
    parameters: Parameters,
    words: Embedding,
    positions: Embedding,
    types: Embedding,
    norm: LayerNorm,
    blocks: readonly EncoderBlock[],
  ) {
    this.config = config;
    this.#parameters = parameters;
    this.#words = words;
    this.#positions = positions;
    this.#types = types;
    this.#norm = norm;
    this.#blocks = blocks;
  }

  /** Reads the weights, or a shard's share of them. If anything fails, what was already read is freed. */
  static async load(
    config: BertConfig,
    checkpoint: Checkpoint,
    backend: Backend,
    shard: Shard = WHOLE,
  ): Promise<BertModel> {
    const prefix = checkpoint.names.some((name) => name.startsWith('bert.')) ? 'bert.' : '';
    const parameters = new Parameters(checkpoint, backend, shard, prefix);
    try {
      const { hiddenSize, layerNormEps } = config;
      const table = (name: string, size: number) =>
        Embedding.load(parameters, `embeddings.${name}_embeddings.weight`, size, hiddenSize);
      const words = await table('word', config.vocabSize);
      const positions = await table('position', config.maxPositionEmbeddings);
      const types = await table('token_type', config.typeVocabSize);
      const norm = await LayerNorm.load(parameters, 'embeddings.LayerNorm', hiddenSize, layerNormEps);
      const blocks: EncoderBlock[] = [];
      for (let i = 0; i < config.numHiddenLayers; i++) blocks.push(await loadBlock(parameters, config, i));
      parameters.checkAllAsked('BERT', NOT_NEEDED);
      return new BertModel(config, parameters, words, positions, types, norm, blocks);
    } catch (error) {
      parameters.release();
      throw error;
    }
  }

  *forward(run: Run, batch: TokenBatch): Steps<Tensor> {
    const { backend } = run;
    const partial = backend.add(
      backend.add(
        this.#words.partial(run, batch.ids),
        this.#positions.partial(run, positionsOf(batch.offsets)),
      ),
      this.#types.partial(run, batch.typeIds),
    );
    const summed = yield* sumOverShards(run, partial);
    let x = yield* observe(run, 'embeddings', this.#norm.forward(backend, summed));
    for (const block of this.#blocks) x = yield* block.forward(run, x);
    return yield* observe(run, 'output', x);
  }

  dispose(): void {
    this.#parameters.release();
  }
}

async function loadBlock(parameters: Parameters, config: BertConfig, index: number): Promise<EncoderBlock> {
  const { hiddenSize, layerNormEps, numAttentionHeads, intermediateSize, hiddenAct } = config;
  const layer = `encoder.layer.${index}`;
  const name = `blocks.${index}`;
  return new EncoderBlock(
    name,
    await SelfAttention.load(parameters, `${name}.attention`, {
      hiddenSize,
      heads: numAttentionHeads,
      names: {
        query: `${layer}.attention.self.query`,
        key: `${layer}.attention.self.key`,
        value: `${layer}.attention.self.value`,
        output: `${layer}.attention.output.dense`,
      },
    }),
    await LayerNorm.load(parameters, `${layer}.attention.output.LayerNorm`, hiddenSize, layerNormEps),
    await FeedForward.load(parameters, `${name}.feedForward`, {
      hiddenSize,
      intermediateSize,
      activation: hiddenAct,
      names: { up: `${layer}.intermediate.dense`, down: `${layer}.output.dense` },
    }),
    await LayerNorm.load(parameters, `${layer}.output.LayerNorm`, hiddenSize, layerNormEps),
  );
}

/** 0, 1, 2, … within each sequence. */
function positionsOf(offsets: Int32Array): Int32Array {
  const positions = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 1; s < offsets.length; s++) {
    for (let i = offsets[s - 1]!; i < offsets[s]!; i++) positions[i] = i - offsets[s - 1]!;
  }
  return positions;
}
