import { HeadwiseError } from '../../errors.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { type LMHead, loadVocabulary } from '../../nn/modules/lm-head.ts';
import { loadNorm, type Norm } from '../../nn/modules/norm.ts';
import { RelativeBias } from '../../nn/positions/relative-bias.ts';
import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import { shardRange } from '../../nn/run/shard.ts';
import type { DecoderBlock } from '../../nn/transformer/decoder-block.ts';
import { type BlockOptions, loadBlock, loadDecoderBlock } from '../../nn/transformer/load-block.ts';
import type { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import { rotaryOptions } from '../decoders/rope-config.ts';
import { loadEach } from '../load-parts.ts';
import type { Seq2SeqSizes } from './config.ts';
import type { AbsolutePositions, RelativePositions, Seq2SeqLayout, Side, SourceInput } from './layout.ts';

/** The layers of the encoder or the decoder. */
export interface SideParts<Block> {
  readonly tokenEmbeddings: Embedding;
  readonly positionEmbeddings: Embedding | undefined;
  /** One for all blocks, or one for each; empty if the model has none. */
  readonly relativeBiases: readonly RelativeBias[];
  /** Of queries and keys of the self-attentions. */
  readonly rotary: RotaryEmbedding | undefined;
  readonly embeddingNorm: Norm | undefined;
  readonly blocks: readonly Block[];
  readonly finalNorm: Norm | undefined;
}

/** The layers of an encoder–decoder. */
export interface Seq2SeqParts {
  readonly encoder: SideParts<TransformerBlock>;
  readonly decoder: SideParts<DecoderBlock>;
  readonly head: LMHead;
  /** Instead of the encoder's token embeddings and positions. */
  readonly sourceInput: SourceInput | undefined;
}

/** Loads an encoder–decoder's weights, or a shard's slices of them. */
export async function loadSeq2SeqParts(
  loader: WeightLoader,
  sizes: Seq2SeqSizes,
  layout: Seq2SeqLayout,
): Promise<Seq2SeqParts> {
  const { vocabSize, sourceVocabSize, hiddenSize } = sizes;
  const { encoder, decoder } = layout;
  const names = {
    tokenEmbeddings: decoder.tokenEmbeddings,
    head: layout.head,
    tied: sizes.tieWordEmbeddings,
  };
  const { tokenEmbeddings, head } = await loadVocabulary(loader, names, vocabSize, hiddenSize);
  const sourceEmbeddings =
    encoder.tokenEmbeddings === decoder.tokenEmbeddings
      ? tokenEmbeddings
      : await Embedding.load(loader, encoder.tokenEmbeddings, sourceVocabSize, hiddenSize);
  const sourceInput = await layout.sourceInput?.(loader);
  const rotaryOf = (positions: number) =>
    layout.positions.kind === 'rotary'
      ? new RotaryEmbedding(loader.backend, rotaryOptions(layout.positions.settings, positions))
      : undefined;
  const rotary = { encoder: rotaryOf(sizes.sourceLength), decoder: rotaryOf(sizes.contextLength) };
  const encoderOptions = blockOptions('encoder', sizes, layout, rotary.encoder);
  const decoderOptions = blockOptions('decoder', sizes, layout, rotary.decoder);
  return {
    encoder: {
      tokenEmbeddings: sourceEmbeddings,
      ...(sourceInput ? NO_POSITIONS : await loadPositions(loader, 'encoder', sizes, layout)),
      rotary: rotary.encoder,
      ...(await loadNorms(loader, 'encoder', sizes, layout)),
      blocks: await loadEach(sizes.encoder.numLayers, (index) =>
        loadBlock(loader, `encoder.blocks.${index}`, encoder.block(index), encoderOptions),
      ),
    },
    decoder: {
      tokenEmbeddings,
      ...(await loadPositions(loader, 'decoder', sizes, layout)),
      rotary: rotary.decoder,
      ...(await loadNorms(loader, 'decoder', sizes, layout)),
      blocks: await loadEach(sizes.decoder.numLayers, (index) =>
        loadDecoderBlock(loader, `decoder.blocks.${index}`, decoder.block(index), decoderOptions),
      ),
    },
    head,
    sourceInput,
  };
}

function blockOptions(
  side: Side,
  sizes: Seq2SeqSizes,
  layout: Seq2SeqLayout,
  rotary: RotaryEmbedding | undefined,
): BlockOptions {
  const { hiddenSize, headDim, normEps } = sizes;
  const { numAttentionHeads, intermediateSize, hiddenAct = sizes.hiddenAct } = sizes[side];
  const { biases, attentionOptions, norm, normFirst } = layout;
  return {
    hiddenSize,
    attention: {
      heads: numAttentionHeads,
      ...(headDim !== undefined && { headDim }),
      biases: { query: biases, key: biases, value: biases, output: biases },
      ...attentionOptions,
      ...(rotary && { rotary }),
    },
    feedForward: { intermediateSize, activation: hiddenAct, biases },
    norm,
    normEps,
    normFirst,
  };
}

async function loadNorms(loader: WeightLoader, side: Side, sizes: Seq2SeqSizes, layout: Seq2SeqLayout) {
  const { embeddingNorm, finalNorm } = layout[side];
  const load = (name: string) => loadNorm(layout.norm, loader, name, sizes.hiddenSize, sizes.normEps);
  return {
    embeddingNorm: embeddingNorm === undefined ? undefined : await load(embeddingNorm),
    finalNorm: finalNorm === undefined ? undefined : await load(finalNorm),
  };
}

const NO_POSITIONS = { positionEmbeddings: undefined, relativeBiases: [] };

async function loadPositions(
  loader: WeightLoader,
  side: Side,
  sizes: Seq2SeqSizes,
  { positions }: Seq2SeqLayout,
) {
  return {
    positionEmbeddings:
      positions.kind === 'absolute' ? await loadTable(loader, side, sizes, positions) : undefined,
    relativeBiases:
      positions.kind === 'relative' ? await loadRelativeBiases(loader, side, sizes, positions) : [],
  };
}

/** Position embeddings: the checkpoint's, or sinusoids where it has none. */
async function loadTable(
  loader: WeightLoader,
  side: Side,
  { hiddenSize }: Seq2SeqSizes,
  { names, count, fixed }: AbsolutePositions,
): Promise<Embedding> {
  if (names && (!fixed || loader.has(names[side]))) {
    return Embedding.load(loader, names[side], count, hiddenSize, 8);
  }
  if (!fixed) throw new HeadwiseError('ERR_INTERNAL', 'a table of positions needs a name or a function');
  const { from, to } = shardRange(count, loader.shard);
  const rows = fixed(count, hiddenSize).subarray(from * hiddenSize, to * hiddenSize);
  return new Embedding(loader.constantFrom(rows, [to - from, hiddenSize]), from, count);
}

/** The biases of this shard's heads. */
function loadRelativeBiases(
  loader: WeightLoader,
  side: Side,
  sizes: Seq2SeqSizes,
  { names, numBuckets, maxDistance }: RelativePositions,
): Promise<readonly RelativeBias[]> {
  const heads = sizes[side].numAttentionHeads;
  const range = shardRange(heads, loader.shard);
  const buckets = { numBuckets, maxDistance, bidirectional: side === 'encoder' };
  return loadEach(names[side].length, (index) =>
    RelativeBias.load(loader, { name: names[side][index]!, heads, range }, buckets),
  );
}
