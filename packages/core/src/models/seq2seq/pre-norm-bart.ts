import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { checkPositionTable } from '../../limits.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { PRE_NORM_BART_TYPES } from '../model-types.ts';
import {
  type BartFamilyConfig,
  type BartMember,
  type BartMemberLayout,
  bartLayout,
  readBartFamily,
} from './bart-family.ts';
import { marianPositions } from './marian.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/**
 * The configuration of an mBART (Liu et al. 2020, https://arxiv.org/abs/2001.08210; mBART-50: https://arxiv.org/abs/2008.00401), an M2M100 (Fan et
 * al. 2020, https://arxiv.org/abs/2010.11125) or NLLB-200 (https://arxiv.org/abs/2207.04672), which have one type, or a Pegasus (Zhang et al. 2020,
 * https://arxiv.org/abs/1912.08777): BART with pre-norm blocks and a final norm. mBART has learned positions and a norm of the embeddings, the
 * others sinusoids and no such norm. Hugging Face: modeling_mbart.py, modeling_m2m_100.py and modeling_pegasus.py in
 * https://github.com/huggingface/transformers/tree/main/src/transformers/models
 */
export interface PreNormBartConfig extends BartFamilyConfig {
  readonly modelType: (typeof PRE_NORM_BART_TYPES)[number];
}

type Type = PreNormBartConfig['modelType'];

const MEMBERS: Readonly<Record<Type, BartMember>> = {
  mbart: { vocabSize: 50_265, tokens: { start: 0, pad: 1, bos: 0, eos: 2 }, fixed: {} },
  m2m_100: {
    vocabSize: 128_112,
    tokens: { start: 2, pad: 1, bos: 0, eos: 2 },
    fixed: {},
    activation: 'relu',
    scaleEmbedding: true,
  },
  pegasus: { vocabSize: 50_265, tokens: { start: 0, pad: 0, eos: 1 }, fixed: {} },
};

/** Parses a config.json. Defaults are those of Hugging Face's configurations. Throws `ConfigError` for invalid or unsupported values. */
export function parsePreNormBartConfig(json: unknown): PreNormBartConfig {
  const reader = new ConfigReader(json);
  const type = reader.text('model_type');
  const modelType = PRE_NORM_BART_TYPES.find((known) => known === type);
  if (!modelType) {
    throw new ConfigError(
      `config.json: model_type must be one of ${PRE_NORM_BART_TYPES.join(', ')}, got ${JSON.stringify(type)}`,
    );
  }
  return { modelType, ...readBartFamily(reader, MEMBERS[modelType]) };
}

/** Loads the weights of an mBART, M2M100 or Pegasus, or a shard's slices of them, under Hugging Face's names. */
export function loadPreNormBart(
  config: PreNormBartConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Seq2SeqStack> {
  const layout = bartLayout(config, checkpoint, {
    normFirst: true,
    embeddingNorm: config.modelType === 'mbart',
    separateEmbeddings: false,
    ...memberLayout(config),
  });
  return Seq2SeqStack.load(config, layout, checkpoint, backend, plan);
}

function memberLayout({
  modelType,
  padTokenId,
}: PreNormBartConfig): Pick<
  BartMemberLayout,
  'architecture' | 'firstPosition' | 'paddingId' | 'fixedPositions' | 'ignoresStoredPositions' | 'logitsBias'
> {
  switch (modelType) {
    case 'mbart':
      // Rows 0 and 1 of the position embeddings are unused, as in BART.
      return { architecture: 'mBART', firstPosition: 2 };
    case 'm2m_100':
      return {
        architecture: 'M2M100',
        firstPosition: padTokenId + 1,
        paddingId: padTokenId,
        // The row of padding is zero.
        fixedPositions: (count, width) =>
          m2m100Positions(count, width).fill(0, padTokenId * width, (padTokenId + 1) * width),
        ignoresStoredPositions: true,
        logitsBias: false,
      };
    case 'pegasus':
      return { architecture: 'Pegasus', firstPosition: 0, fixedPositions: marianPositions };
  }
}

/** The sinusoids of Tensor2Tensor: all sines before all cosines, frequencies from 1 to 1 / 10000 inclusive: `[count, width]`. */
function m2m100Positions(count: number, width: number): Float32Array {
  checkPositionTable(count, width);
  const table = new Float32Array(count * width);
  const half = Math.floor(width / 2);
  const { fround } = Math;
  const step = fround(-Math.log(10_000) / (half - 1));
  for (let position = 0; position < count; position++) {
    for (let i = 0; i < half; i++) {
      // In float32, as in Python: in long texts more precision gives other angles.
      const frequency = fround(Math.exp(fround(i * step)));
      const angle = fround(position * frequency);
      table[position * width + i] = Math.sin(angle);
      table[position * width + half + i] = Math.cos(angle);
    }
  }
  return table;
}
