import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../errors.ts';
import { parseEncoderConfig } from './core-config.ts';

describe('config.json', () => {
  it('of BERT large and of multilingual cased BERT', () => {
    const large = {
      model_type: 'bert',
      hidden_size: 1024,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      intermediate_size: 4096,
      architectures: ['BertForMaskedLM'],
    };
    expect(parseEncoderConfig(large)).toMatchObject({
      numAttentionHeads: 16,
      contextLength: 512,
      taskHeads: ['maskedLM'],
    });
    const multilingual = {
      model_type: 'bert',
      vocab_size: 119_547,
      pooler_type: 'first_token_transform',
      directionality: 'bidi',
    };
    expect(parseEncoderConfig(multilingual)).toMatchObject({
      vocabSize: 119_547,
      hiddenSize: 768,
      taskHeads: [],
    });
  });

  it('of RoBERTa excludes the positions up to padding from the context', () => {
    const roberta = { model_type: 'roberta', max_position_embeddings: 514, pad_token_id: 1 };
    expect(parseEncoderConfig(roberta)).toMatchObject({
      contextLength: 512,
      paddingIdx: 1,
      vocabSize: 50_265,
    });
    for (const model_type of ['xlm-roberta', 'camembert']) {
      expect(parseEncoderConfig({ ...roberta, model_type }).modelType).toBe(model_type);
    }
  });

  it('of DistilBERT and ELECTRA, by their own names', () => {
    const distil = { model_type: 'distilbert', dim: 256, n_layers: 3, n_heads: 4, hidden_dim: 512 };
    expect(parseEncoderConfig(distil)).toMatchObject({
      hiddenSize: 256,
      numHiddenLayers: 3,
      typeVocabSize: 0,
    });
    expect(parseEncoderConfig({ model_type: 'electra' })).toMatchObject({
      embeddingSize: 128,
      hiddenSize: 256,
    });
  });

  it('has labels', () => {
    const named = { model_type: 'bert', id2label: { 1: 'POSITIVE', 0: 'NEGATIVE' } };
    expect(parseEncoderConfig(named)).toMatchObject({
      labels: ['NEGATIVE', 'POSITIVE'],
      problemType: 'singleLabel',
    });
    expect(parseEncoderConfig({ model_type: 'bert', num_labels: 3 }).labels).toEqual([
      'LABEL_0',
      'LABEL_1',
      'LABEL_2',
    ]);
    expect(parseEncoderConfig({ model_type: 'bert', num_labels: 1 }).problemType).toBe('regression');
    const multi = { model_type: 'bert', problem_type: 'multi_label_classification' };
    expect(parseEncoderConfig(multi).problemType).toBe('multiLabel');
  });

  it.each([
    [null, 'expected an object, got null'],
    [{}, 'model_type must be a string, got nothing'],
    [
      { model_type: 'gpt9' },
      'model_type must be one of bert, distilbert, electra, roberta, xlm-roberta, camembert for a model to be created or trained, got "gpt9"',
    ],
    [{ model_type: 'bert', hidden_size: 0 }, 'hidden_size must be a whole number of at least 1, got 0'],
    [{ model_type: 'bert', hidden_size: '768' }, 'hidden_size must be a whole number'],
    [
      { model_type: 'bert', num_attention_heads: 5 },
      'hidden_size must divide into num_attention_heads, got 768 and 5',
    ],
    [{ model_type: 'distilbert', n_heads: 5 }, 'dim must divide into n_heads, got 768 and 5'],
    [{ model_type: 'bert', layer_norm_eps: -1 }, 'layer_norm_eps must be a number of at least 0, got -1'],
    [{ model_type: 'bert', hidden_act: 'mish' }, 'activation must be one of gelu'],
    [
      { model_type: 'bert', position_embedding_type: 'relative_key' },
      'position_embedding_type must be absolute',
    ],
    [
      { model_type: 'electra', position_embedding_type: 'relative_key' },
      'position_embedding_type must be absolute',
    ],
    [{ model_type: 'bert', architectures: 'BertModel' }, 'architectures must be a list of strings'],
    [{ model_type: 'bert', architectures: ['BertLMHeadModelX'] }, 'architectures must name a class'],
    [
      { model_type: 'bert', id2label: { 0: 'a', 2: 'b' } },
      'id2label must be strings numbered from "0" without gaps',
    ],
    [{ model_type: 'bert', id2label: ['a'] }, 'id2label must be strings numbered'],
    [{ model_type: 'bert', num_labels: 0 }, 'num_labels must be a whole number of at least 1'],
    [
      { model_type: 'bert', problem_type: 'puzzle' },
      'problem_type must be one of single_label_classification',
    ],
    [
      { model_type: 'roberta', pad_token_id: 1, max_position_embeddings: 2 },
      'max_position_embeddings must be a whole number of at least 3, got 2',
    ],
    [{ model_type: 'roberta', pad_token_id: -1 }, 'pad_token_id must be a whole number of at least 0'],
  ])('%j throws ConfigError', (json, message) => {
    expect(() => parseEncoderConfig(json)).toThrow(ConfigError);
    expect(() => parseEncoderConfig(json)).toThrow(message);
  });
});
