import { createModel, seq2SeqLanguageModelling, type TrainableSeq2SeqLM } from '@headwise/core/train';
import { serveTraining } from '@headwise/worker/train';

const PAD = 0;
const END = 2;
/** Ids of the first month, day and year. */
const [MONTHS, DAYS, YEARS] = [3, 15, 46];

/** Dates as `month day year`, with `year month day` as their targets. */
const dates = Array.from({ length: 12 * 31 * 20 }, (_, i) => {
  const [month, day, year] = [
    MONTHS + (i % 12),
    DAYS + (Math.floor(i / 12) % 31),
    YEARS + Math.floor(i / 372),
  ];
  return { ids: [month, day, year, END], labels: [year, month, day, END] };
});
/** A tenth is held out, spread over all months, days and years. */
const isHeldOut = (_: unknown, i: number) => (i * 7) % 10 === 3;

const config = {
  model_type: 'marian',
  is_encoder_decoder: true,
  vocab_size: YEARS + 20,
  d_model: 32,
  encoder_layers: 1,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 64,
  decoder_ffn_dim: 64,
  activation_function: 'relu',
  scale_embedding: true,
  max_position_embeddings: 16,
  init_std: 0.05,
  pad_token_id: PAD,
  eos_token_id: END,
  decoder_start_token_id: PAD,
};

/** A transformer that puts the parts of dates into Korean order. */
serveTraining(async ({ steps }: { readonly steps: number }) => ({
  trainable: (await createModel(config, { seed: 1 })) as TrainableSeq2SeqLM,
  objective: seq2SeqLanguageModelling({ decoderStartTokenId: PAD, padTokenId: PAD }),
  trainExamples: dates.filter((date, i) => !isHeldOut(date, i)),
  evalExamples: dates.filter(isHeldOut),
  batchSize: 32,
  maxSteps: steps,
  evaluateEvery: steps,
  learningRate: 0.004,
  schedule: 'cosine',
  warmupSteps: 20,
}));
