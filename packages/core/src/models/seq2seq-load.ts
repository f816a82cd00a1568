import { type AttentionNames, loadCrossHeads } from '../nn/attention/load-heads.ts';
import { Embedding } from '../nn/embedding.ts';
import { FeedForward } from '../nn/feed-forward.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import type { Norm } from '../nn/norm.ts';
import type { Parameters } from '../nn/parameters.ts';
import { RelativeBias } from '../nn/positions/relative-bias.ts';
import { RmsNorm } from '../nn/rms-norm.ts';
import { SelfAttention } from '../nn/self-attention.ts';
import { share } from '../nn/shard.ts';
import { DecoderBlock } from '../nn/transformer/decoder-block.ts';
import { TransformerBlock } from '../nn/transformer-block.ts';
import { VocabularyHead } from '../nn/vocabulary.ts';
import type { Seq2SeqSizes } from './seq2seq-config.ts';
import type { Seq2SeqLayout, Seq2SeqPositions } from './seq2seq-layout.ts';

/** One half of an encoder–decoder. */
export interface Seq2SeqHalf<Block> {
  readonly words: Embedding;
  readonly positions: Embedding | undefined;
  readonly relativeBias: RelativeBias | undefined;
  readonly embeddingNorm: Norm | undefined;
  readonly blocks: readonly Block[];
  readonly lastNorm: Norm | undefined;
}

export interface Seq2SeqParts {
  readonly encoder: Seq2SeqHalf<TransformerBlock>;
  readonly decoder: Seq2SeqHalf<DecoderBlock>;
  readonly head: VocabularyHead;
}

type Side = 'encoder' | 'decoder';

/** Reads an encoder–decoder's weights, or a shard's share of them. */
export async function loadSeq2SeqParts(
  parameters: Parameters,
  sizes: Seq2SeqSizes,
  layout: Seq2SeqLayout,
): Promise<Seq2SeqParts> {
  const loader = new Seq2SeqLoader(parameters, sizes, layout);
  const { words, head } = await loader.vocabulary();
  const shared = layout.encoder.words === layout.decoder.words;
  const sources = shared
    ? words
    : await Embedding.load(parameters, layout.encoder.words, sizes.sourceVocabSize, sizes.hiddenSize);
  return {
    encoder: await loader.half('encoder', sources, (index) => loader.encoderBlock(index)),
    decoder: await loader.half('decoder', words, (index) => loader.decoderBlock(index)),
    head,
  };
}

class Seq2SeqLoader {
  readonly #parameters: Parameters;
  readonly #sizes: Seq2SeqSizes;
  readonly #layout: Seq2SeqLayout;

  constructor(parameters: Parameters, sizes: Seq2SeqSizes, layout: Seq2SeqLayout) {
    this.#parameters = parameters;
    this.#sizes = sizes;
    this.#layout = layout;
  }

  /** The decoder's embeddings and the output head: of one weight where they are tied. */
  async vocabulary(): Promise<{ words: Embedding; head: VocabularyHead }> {
    const { vocabSize, hiddenSize, tieWordEmbeddings } = this.#sizes;
    const { decoder, head } = this.#layout;
    const rows = share(vocabSize, this.#parameters.shard);
    const tied = tieWordEmbeddings ? decoder.words : head.weight;
    const weight = await this.#parameters.values(tied, [vocabSize, hiddenSize], { axis: 0, ...rows });
    const bias =
      head.bias === undefined
        ? undefined
        : await this.#parameters.values(head.bias, [1, vocabSize], { axis: 1, ...rows });
    const weights = this.#parameters.linearFrom(weight, bias, hiddenSize);
    return {
      words: tieWordEmbeddings
        ? new Embedding(weights, rows.from, vocabSize)
        : await Embedding.load(this.#parameters, decoder.words, vocabSize, hiddenSize),
      head: new VocabularyHead(weights, rows, vocabSize),
    };
  }

  async half<Block>(
    side: Side,
    words: Embedding,
    loadBlock: (index: number) => Promise<Block>,
  ): Promise<Seq2SeqHalf<Block>> {
    const { embeddingNorm, lastNorm } = this.#layout[side];
    const { positions } = this.#layout;
    const blocks: Block[] = [];
    for (let i = 0; i < this.#sizes[side].numLayers; i++) blocks.push(await loadBlock(i));
    return {
      words,
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
        this.#parameters,
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
    return SelfAttention.load(this.#parameters, `${name}.attention`, { ...this.#heads(side), names });
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
    return FeedForward.load(this.#parameters, `${name}.feedForward`, {
      hiddenSize: this.#sizes.hiddenSize,
      intermediateSize: this.#sizes[side].intermediateSize,
      activation: this.#sizes.hiddenAct,
      biases: this.#layout.biases,
      names,
    });
  }

  #norm(name: string): Promise<Norm> {
    const norm = this.#layout.norm === 'rmsNorm' ? RmsNorm : LayerNorm;
    return norm.load(this.#parameters, name, this.#sizes.hiddenSize, this.#sizes.normEps);
  }

  async #positions(
    side: Side,
    { names, count, fixed }: Seq2SeqPositions & { kind: 'absolute' },
  ): Promise<Embedding> {
    const { hiddenSize } = this.#sizes;
    if (!fixed || this.#parameters.has(names[side])) {
      return Embedding.load(this.#parameters, names[side], count, hiddenSize);
    }
    const { from, to } = share(count, this.#parameters.shard);
    const rows = fixed(count, hiddenSize).subarray(from * hiddenSize, to * hiddenSize);
    return new Embedding(this.#parameters.constantFrom(rows, [to - from, hiddenSize]), from, count);
  }

  /** Those of this shard's heads. */
  async #relativeBias(
    side: Side,
    { names, numBuckets, maxDistance }: Seq2SeqPositions & { kind: 'relative' },
  ): Promise<RelativeBias> {
    const heads = this.#sizes[side].numAttentionHeads;
    const own = share(heads, this.#parameters.shard);
    const table = await this.#parameters.values(names[side], [numBuckets, heads], { axis: 1, ...own });
    const buckets = { numBuckets, maxDistance, bidirectional: side === 'encoder' };
    return new RelativeBias(table.slice(), own.to - own.from, buckets);
  }
}
