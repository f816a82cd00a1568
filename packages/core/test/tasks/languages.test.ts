import { describe, expect, it } from 'vitest';
import { ConfigError, loadSeq2SeqLM, type Seq2SeqLM } from '../../src/index.ts';
import { endingWith, tinyGeneratorTokenizer, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';
import type { TinySeq2Seq } from '../helpers/tiny-seq2seq.ts';

// The last tokens of the tiny vocabulary are languages here.
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  NllbTokenizer: ['eng_Latn', 'kor_Hang'],
  M2M100Tokenizer: ['__en__', '__ko__'],
  MBartTokenizer: ['en_XX', 'ko_KR'],
  MBart50Tokenizer: ['en_XX', 'ko_KR'],
};
const [SOURCE, TARGET] = [59, 60];

/** A tiny model whose tokenizer has language tokens; that of tokenizer.json adds others, as those of first NLLBs do. */
function load(
  name: TinySeq2Seq,
  tokenizerClass: string | undefined,
  tokenizerConfig: Record<string, unknown> = {},
  config: Record<string, unknown> = {},
): Promise<Seq2SeqLM> {
  const json = tinyGeneratorTokenizer();
  const model = json.model as { vocab: Record<string, number> };
  const added = json.added_tokens as object[];
  const tokens = LANGUAGES[tokenizerClass ?? 'M2M100Tokenizer']!;
  const vocab = Object.fromEntries(
    Object.entries(model.vocab).map(([token, id]) => [tokens[id - SOURCE] ?? token, id]),
  );
  const files = tinySeq2SeqFiles(name);
  return loadSeq2SeqLM(
    {
      ...files,
      'config.json': JSON.stringify({ ...JSON.parse(files['config.json']), ...config }),
      'tokenizer.json': JSON.stringify({
        ...json,
        // mBART's classes make Unigram.
        model: /^MBart/.test(tokenizerClass ?? '')
          ? { type: 'Unigram', unk_id: 3, vocab: Object.keys(vocab).map((token) => [token, -1]) }
          : { ...model, vocab },
        added_tokens: [
          ...added,
          ...tokens.map((content, i) => ({ id: SOURCE + i, content, special: true, normalized: false })),
        ],
        post_processor: endingWith('</s>', 2),
      }),
      'tokenizer_config.json': JSON.stringify({
        ...(tokenizerClass && { tokenizer_class: tokenizerClass }),
        ...tokenizerConfig,
      }),
    },
    { backend: 'reference' },
  );
}

const ids = (text: string, model: Seq2SeqLM) => [
  ...model.tokenizer.encode(text, { addSpecialTokens: false }).ids,
];

describe('translate with language tokens', () => {
  it.each<readonly [TinySeq2Seq, string, string, string, 'first' | 'last']>([
    ['m2m100', 'NllbTokenizerFast', 'eng_Latn', 'kor_Hang', 'first'],
    ['m2m100', 'M2M100Tokenizer', 'en', 'ko', 'first'],
    ['mbart', 'MBartTokenizerFast', 'en_XX', 'ko_KR', 'last'],
    ['mbart', 'MBart50TokenizerFast', 'en_XX', 'ko_KR', 'first'],
  ])('of %s with %s from %s to %s', async (name, tokenizerClass, source, target, place) => {
    const model = await load(name, tokenizerClass.replace('Fast', ''), { tokenizer_class: tokenizerClass });
    const text = ids('Good day', model);
    const encoded = place === 'first' ? [SOURCE, ...text, 2] : [...text, 2, SOURCE];
    const options = { maxNewTokens: 6, numBeams: 1 };
    const expected = await model.generate(Int32Array.from(encoded), { ...options, forcedBosTokenId: TARGET });
    const languages = { sourceLanguage: source, targetLanguage: target };
    const translated = await model.translate('Good day', { ...options, ...languages });
    expect(translated.ids).toEqual(expected.ids);
    expect(translated.ids[0]).toBe(TARGET);
    expect(translated.text).not.toContain(target);
    // The source is English by default; another language gives another source.
    expect((await model.translate('Good day', { ...options, targetLanguage: target })).ids).toEqual(
      expected.ids,
    );
    const trace = await model.trace('Good day', 'Hi');
    expect([...trace.sourceIds]).toEqual(encoded);
    await model.dispose();
  });

  it('puts the source language of NLLB at the end with legacy_behaviour', async () => {
    const model = await load('m2m100', 'NllbTokenizer', { legacy_behaviour: true });
    const { sourceIds } = await model.trace('Hi', 'Hi');
    expect([...sourceIds]).toEqual([...ids('Hi', model), 2, SOURCE]);
  });

  it('takes languages from tokenizer_config.json, and the class from the model type', async () => {
    const config = { src_lang: 'ko', tgt_lang: 'en' };
    const model = await load('m2m100', undefined, config);
    const { ids: written } = await model.translate('Hi', { maxNewTokens: 3, numBeams: 1 });
    expect(written[0]).toBe(SOURCE);
    const { sourceIds } = await model.trace('Hi', 'Hi');
    expect([...sourceIds]).toEqual([TARGET, ...ids('Hi', model), 2]);
  });

  it('cuts the text of a long source, not its language', async () => {
    const model = await load('m2m100', 'NllbTokenizer');
    const options = { targetLanguage: 'kor_Hang', maxNewTokens: 2, numBeams: 1 };
    const long = 'a'.repeat(60);
    // NLLB's class puts a space before the text.
    await expect(model.translate(long, options)).rejects.toThrow('has 61 tokens, the model reads 38');
    const cut = await model.translate(long, { ...options, truncatePrompt: 'right' });
    const whole = await model.translate('a'.repeat(37), options);
    expect(cut.ids).toEqual(whole.ids);
  });

  it('throws ConfigError for a missing or unknown language', async () => {
    const model = await load('m2m100', 'NllbTokenizer');
    await expect(model.translate('Hi')).rejects.toThrow(ConfigError);
    await expect(model.translate('Hi')).rejects.toThrow('needs targetLanguage, a code such as eng_Latn');
    await expect(model.translate('Hi', { targetLanguage: 'ko' })).rejects.toThrow(
      'the tokenizer has no language "ko"; its codes are written as in eng_Latn',
    );
    await expect(model.translate('Hi', { sourceLanguage: 'a', targetLanguage: 'kor_Hang' })).rejects.toThrow(
      'no language "a"',
    );
  });
});
