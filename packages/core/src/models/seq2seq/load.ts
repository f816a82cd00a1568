import { type AttentionNames, loadCrossHeads } from '../../nn/attention/load-attention.ts';
import { SelfAttention } from '../../nn/attention/self-attention.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { FeedForward } from '../../nn/modules/feed-forward.ts';
import { LayerNorm } from '../../nn/modules/layer-norm.ts';
import { LMHead } from '../../nn/modules/lm-head.ts';
import type { Norm } from '../../nn/modules/norm.ts';
import { RmsNorm } from '../../nn/modules/rms-norm.ts';
import { RelativeBias } from '../../nn/positions/relative-bias.ts';
import { shardRange } from '../../nn/run/shard.ts';
import { DecoderBlock } from '../../nn/transformer/decoder-block.ts';
import { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import type { Seq2SeqSizes } from './config.ts';
import type { Seq2SeqLayout, Seq2SeqPositions } from './layout.ts';

/** One half of an encoder–decoder. */
export interface Seq2SeqHalf<Block> {
  readonly tokenEmbeddings: Embedding;
  readonly positions: Embedding | undefined;
  readonly relativeBias: RelativeBias | undefined;
  readonly embeddingNorm: Norm | undefined;
  readonly blocks: readonly Block[];
  readonly lastNorm: Norm | undefined;
}

export interface Seq2SeqParts {
  readonly encoder: Seq2SeqHalf<TransformerBlock>;
  readonly decoder: Seq2SeqHalf<DecoderBlock>;
  readonly head: LMHead;
}

type Side = 'encoder' | 'decoder';

/** Reads an encoder–decoder's weights, or a shard's share of them. */
export async function loadSeq2SeqParts(
  loader: WeightLoader,
  sizes: Seq2SeqSizes,
  layout: Seq2SeqLayout,
): Promise<Seq2SeqParts> {
  const parts = new Seq2SeqLoader(loader, sizes, layout);
  const { tokenEmbeddings, head } = await parts.vocabulary();
  const shared = layout.encoder.tokenEmbeddings === layout.decoder.tokenEmbeddings;
  const sources = shared
    ? tokenEmbeddings
    : await Embedding.load(loader, layout.encoder.tokenEmbeddings, sizes.sourceVocabSize, sizes.hiddenSize);
  return {
    encoder: await parts.half('encoder', sources, (index) => parts.encoderBlock(index)),
    decoder: await parts.half('decoder', tokenEmbeddings, (index) => parts.decoderBlock(index)),
    head,
  };
}

class Seq2SeqLoader {
  readonly #loader: WeightLoader;
  readonly #sizes: Seq2SeqSizes;
  readonly #layout: Seq2SeqLayout;

  constructor(loader: WeightLoader, sizes: Seq2SeqSizes, layout: Seq2SeqLayout) {
    this.#loader = loader;
    this.#sizes = sizes;
    this.#layout = layout;
  }

  /** The decoder's embeddings and the output head: of one weight where they are tied. */
  async vocabulary(): Promise<{ tokenEmbeddings: Embedding; head: LMHead }> {
    const { vocabSize, hiddenSize, tieWordEmbeddings } = this.#sizes;
    const { decoder, head } = this.#layout;
    const rows = shardRange(vocabSize, this.#loader.shard);
    const tied = tieWordEmbeddings ? decoder.tokenEmbeddings : head.weight;
    const weight = await this.#loader.values(tied, [vocabSize, hiddenSize], { axis: 0, ...rows });
    const bias =
      head.bias === undefined
        ? undefined
        : await this.#loader.values(head.bias, [1, vocabSize], { axis: 1, ...rows });
    const weights = this.#loader.linearFrom(weight, bias, hiddenSize);
    return {
      tokenEmbeddings: tieWordEmbeddings
        ? new Embedding(weights, rows.from, vocabSize)
        : await Embedding.load(this.#loader, decoder.tokenEmbeddings, vocabSize, hiddenSize),
      head: new LMHead(weights, rows, vocabSize),
    };
  }

  async half<Block>(
    side: Side,
    tokenEmbeddings: Embedding,
    loadBlock: (index: number) => Promise<Block>,
  ): Promise<Seq2SeqHalf<Block>> {
    const { embeddingNorm, lastNorm } = this.#layout[side];
    const { positions } = this.#layout;
    const blocks: Block[] = [];
    for (let i = 0; i < this.#sizes[side].numLayers; i++) blocks.push(await loadBlock(i));
    return {
      tokenEmbeddings,
      positions: positions.kind === 'absolute' ? await this.#positions(side, positions) : undefined,
      relativeBias: positions.kind === 'relative' ? await this.#relativeBias(side, positions) : undefined,
      embeddingNorm: embeddingNorm === undefined ? undefined : await this.#norm(embeddingNorm),
      blocks,
      lastNorm: lastNorm === undefined ? undefined : await this.#norm(lastNorm),
    };
  }

  async encoderBlock(index: number): Promise<TransformerBlock> {
    const name = `encoder.blocks.${index}`;
    const names = this.#layout.encoder.block(index);
    return new TransformerBlock(
      name,
      await this.#selfAttention('encoder', name, names.attention),
      await this.#norm(names.attentionNorm),
      await this.#feedForward('encoder', name, names.feedForward),
      await this.#norm(names.feedForwardNorm),
      this.#layout.normFirst,
    );
  }

  async decoderBlock(index: number): Promise<DecoderBlock> {
    const name = `decoder.blocks.${index}`;
    const names = this.#layout.decoder.block(index);
    const parts = {
      attention: await this.#selfAttention('decoder', name, names.attention),
      attentionNorm: await this.#norm(names.attentionNorm),
      crossAttention: await loadCrossHeads(
        this.#loader,
        `${name}.crossAttention`,
        names.crossAttention,
        this.#heads('decoder'),
      ),
      crossAttentionNorm: await this.#norm(names.crossAttentionNorm),
      feedForward: await this.#feedForward('decoder', name, names.feedForward),
      feedForwardNorm: await this.#norm(names.feedForwardNorm),
    };
    return new DecoderBlock(name, parts, this.#layout.normFirst);
  }

  #selfAttention(side: Side, name: string, names: AttentionNames): Promise<SelfAttention> {
    return SelfAttention.load(this.#loader, `${name}.attention`, { ...this.#heads(side), names });
  }

  #heads(side: Side) {
    const { hiddenSize, headDim } = this.#sizes;
    const { biases, attentionOptions } = this.#layout;
    return {
      hiddenSize,
      heads: this.#sizes[side].numAttentionHeads,
      ...(headDim !== undefined && { headDim }),
      biases: { query: biases, key: biases, value: biases, output: biases },
      ...attentionOptions,
    };
  }

  #feedForward(
    side: Side,
    name: string,
    names: { gate?: string; up: string; down: string },
  ): Promise<FeedForward> {
    return FeedForward.load(this.#loader, `${name}.feedForward`, {
      hiddenSize: this.#sizes.hiddenSize,
      intermediateSize: this.#sizes[side].intermediateSize,
      activation: this.#sizes.hiddenAct,
      biases: this.#layout.biases,
      names,
    });
  }

  #norm(name: string): Promise<Norm> {
    const norm = this.#layout.norm === 'rmsNorm' ? RmsNorm : LayerNorm;
    return norm.load(this.#loader, name, this.#sizes.hiddenSize, this.#sizes.normEps);
  }

  async #positions(
    side: Side,
    { names, count, fixed }: Seq2SeqPositions & { kind: 'absolute' },
  ): Promise<Embedding> {
    const { hiddenSize } = this.#sizes;
    if (!fixed || this.#loader.has(names[side])) {
      return Embedding.load(this.#loader, names[side], count, hiddenSize);
    }
    const { from, to } = shardRange(count, this.#loader.shard);
    const rows = fixed(count, hiddenSize).subarray(from * hiddenSize, to * hiddenSize);
    return new Embedding(this.#loader.constantFrom(rows, [to - from, hiddenSize]), from, count);
  }

  /** Those of this shard's heads. */
  async #relativeBias(
    side: Side,
    { names, numBuckets, maxDistance }: Seq2SeqPositions & { kind: 'relative' },
  ): Promise<RelativeBias> {
    const heads = this.#sizes[side].numAttentionHeads;
    const own = shardRange(heads, this.#loader.shard);
    const table = await this.#loader.values(names[side], [numBuckets, heads], { axis: 1, ...own });
    const buckets = { numBuckets, maxDistance, bidirectional: side === 'encoder' };
    return new RelativeBias(table.slice(), own.to - own.from, buckets);
  }
}
