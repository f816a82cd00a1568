import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../../src/index.ts';
import {
  type BpeTrainingOptions,
  type TrainedTokenizer,
  trainBpe,
  trainUnigram,
  trainWordPiece,
  type UnigramTrainingOptions,
  type WordPieceTrainingOptions,
} from '../../src/train.ts';

interface Fixture {
  readonly corpora: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly {
    readonly kind: 'bpe' | 'wordPiece';
    readonly corpus: string;
    readonly options: object;
    readonly vocab: readonly string[];
    readonly merges?: readonly (readonly string[])[];
    readonly encodings: readonly { text: string; ids: number[]; decoded: string }[];
  }[];
  readonly unigram: readonly {
    readonly corpus: string;
    readonly options: UnigramTrainingOptions;
    readonly logLikelihood: number;
    readonly tokens: number;
    readonly probability: number;
    readonly vocab: readonly string[];
  }[];
}

// Results of the trainers of Hugging Face's tokenizers; see fixtures/make/tokenizer_training.py.
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../fixtures/tokenizer-training.json', import.meta.url), 'utf8'),
);

type Model = { vocab: Record<string, number>; merges?: string[][] };
const modelOf = ({ tokenizerJson }: TrainedTokenizer) => tokenizerJson.model as Model;

describe.each(fixture.cases.map((entry) => ({ ...entry, name: JSON.stringify(entry.options) })))(
  '$kind of $corpus with $name',
  ({ kind, corpus, options, vocab, merges, encodings }) => {
    const texts = fixture.corpora[corpus]!;
    const files =
      kind === 'bpe'
        ? trainBpe(texts, options as BpeTrainingOptions)
        : trainWordPiece(texts, options as WordPieceTrainingOptions);

    it('has the vocabulary and merges of the reference', async () => {
      const model = modelOf(await files);
      expect(Object.entries(model.vocab).toSorted(([, a], [, b]) => a - b)).toEqual(
        vocab.map((token, id) => [token, id]),
      );
      expect(model.merges).toEqual(merges);
    });

    it('encodes and decodes unseen texts as the reference', async () => {
      const tokenizer = Tokenizer.fromFiles(await files);
      for (const { text, ids, decoded } of encodings) {
        expect([...tokenizer.encode(text, { addSpecialTokens: false }).ids], text).toEqual(ids);
        expect(tokenizer.decode(ids).trim(), text).toBe(decoded.trim());
      }
    });
  },
);

describe.each(fixture.unigram.map((entry) => ({ ...entry, name: JSON.stringify(entry.options) })))(
  'Unigram of $corpus with $name',
  ({ corpus, options, logLikelihood, tokens, probability, vocab }) => {
    const texts = fixture.corpora[corpus]!;
    const files = trainUnigram(texts, options);
    const entries = files.then((trained) => modelOf(trained).vocab as unknown as [string, number][]);

    it('has the tokens of the reference', async () => {
      expect((await entries).map(([token]) => token).sort()).toEqual(vocab.toSorted());
    });

    it('has the log-likelihood of the reference within 1 %, and as many tokens', async () => {
      const tokenizer = Tokenizer.fromFiles(await files);
      const scores = (await entries).map(([, score]) => score);
      const ids = texts.flatMap((text) => [...tokenizer.encode(text).ids]);
      const own = ids.reduce((sum, id) => sum + scores[id]!, 0);
      expect(Math.abs(own / logLikelihood - 1)).toBeLessThan(0.01);
      expect(Math.abs(ids.length / tokens - 1)).toBeLessThan(0.01);
    });

    it('has probabilities with a sum close to 1, as the reference', async () => {
      const special = options.specialTokens!.length;
      const sum = (await entries).slice(special).reduce((total, [, score]) => total + Math.exp(score), 0);
      expect(Math.abs(sum - probability)).toBeLessThan(0.005);
      expect(sum).toBeGreaterThan(0.8);
      expect(sum).toBeLessThan(1.05);
    });
  },
);
