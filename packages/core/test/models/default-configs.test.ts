import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSeq2SeqConfig } from '../../src/internal.ts';
import { readDecoderConfig } from '../../src/models/decoders/registry.ts';
import { readEncoderConfig } from '../../src/models/encoders/registry.ts';

type Values = Readonly<Record<string, number>>;

/** What the configuration classes of transformers have where config.json does not say it. */
const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/default-configs.json', import.meta.url), 'utf8'),
) as Record<'encoder' | 'decoder' | 'seq2seq', Record<string, Values>>;

const readers = {
  encoder: readEncoderConfig,
  decoder: readDecoderConfig,
  seq2seq: async (json: unknown) => {
    const { encoder, ...config } = parseSeq2SeqConfig(json);
    return { ...encoder, ...config, numHiddenLayers: encoder.numLayers };
  },
};

describe.each(['encoder', 'decoder', 'seq2seq'] as const)('config.json of a model (%s)', (kind) => {
  it.each(Object.entries(fixture[kind]))(
    'has the defaults of transformers: %s',
    async (model_type, expected) => {
      const config = (await readers[kind]({ model_type })) as unknown as Values;
      // RoBERTa's positions begin after that of padding.
      const positions = config.maxPositionEmbeddings ?? config.contextLength;
      const epsilon = config.layerNormEps ?? config.normEps;
      const found: Record<string, number | undefined> = { ...config, positions, epsilon };
      for (const [name, value] of Object.entries(expected)) {
        if (found[name] !== undefined) expect([name, found[name]]).toEqual([name, value]);
      }
      for (const name of ['vocabSize', 'hiddenSize', 'numHiddenLayers', 'intermediateSize'])
        expect(found[name], name).toBeDefined();
    },
  );
});
