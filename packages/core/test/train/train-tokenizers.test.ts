import { describe, expect, it } from 'vitest';
import { ConfigError, Tokenizer } from '../../src/index.ts';
import {
  type TrainedTokenizer,
  type TrainingProgress,
  type TrainingTexts,
  trainBpe,
  trainUnigram,
  trainWordPiece,
} from '../../src/train.ts';

const TEXTS = [
  'The cat sat on the mat while the other cats slept.',
  'She sells sea shells by the sea shore; the shells she sells are sea shells.',
  '나는 아침마다 커피를 마신다. 나는 저녁마다 차를 마신다.',
  '고양이가 따뜻한 창가에서 잠을 잔다. 강아지가 마당에서 잠을 잔다.',
  'ok 😀😀 👍🏽 👩‍👩‍👧‍👦 ok',
];

interface SharedOptions {
  vocabSize?: number;
  specialTokens?: readonly string[];
  initialAlphabet?: readonly string[];
  onProgress?: (progress: TrainingProgress) => void;
  signal?: AbortSignal;
}
type Trainer = (texts: TrainingTexts, options?: SharedOptions) => Promise<TrainedTokenizer>;
const trainers: [string, Trainer][] = [
  ['trainBpe', trainBpe],
  ['trainBpe without byteLevel', (texts, options) => trainBpe(texts, { ...options, byteLevel: false })],
  ['trainWordPiece', trainWordPiece],
  ['trainUnigram', trainUnigram],
];

type Model = { vocab: Record<string, number> | [string, number][]; merges?: [string, string][] };
const modelOf = ({ tokenizerJson }: TrainedTokenizer) => tokenizerJson.model as Model;
const vocabularyOf = (trained: TrainedTokenizer) => {
  const { vocab } = modelOf(trained);
  return Array.isArray(vocab) ? vocab.map(([token]) => token) : Object.keys(vocab);
};

async function* asynchronously(texts: Iterable<string>): AsyncGenerator<string> {
  for (const text of texts) {
    await Promise.resolve();
    yield text;
  }
}

describe.each(trainers)('%s', (_, train) => {
  it('gives special tokens the first ids in the order of the option', async () => {
    const specialTokens = ['[UNK]', '<unk>', '<one>', '<two>'];
    const tokenizer = Tokenizer.fromFiles(await train(TEXTS, { vocabSize: 400, specialTokens }));
    for (const [id, token] of specialTokens.entries()) {
      expect(tokenizer.tokenToId(token)).toBe(id);
      expect(tokenizer.isSpecial(id)).toBe(true);
    }
    const { ids } = tokenizer.encode('cat<two>cat', { addSpecialTokens: false });
    expect([...ids].filter((id) => id === 3)).toHaveLength(1);
    expect(tokenizer.decode(ids)).not.toContain('<two>');
  });

  it('returns the same files for the same texts, also from async iterables and after JSON', async () => {
    const first = await train(TEXTS, { vocabSize: 350 });
    expect(await train([...TEXTS], { vocabSize: 350 })).toEqual(first);
    expect(await train(new Set(TEXTS), { vocabSize: 350 })).toEqual(first);
    expect(await train(asynchronously(TEXTS), { vocabSize: 350 })).toEqual(first);
    const stored = JSON.parse(JSON.stringify(first)) as TrainedTokenizer;
    expect(stored).toEqual(first);
    expect(Tokenizer.fromFiles(stored).encode(TEXTS[0]!)).toEqual(
      Tokenizer.fromFiles(first).encode(TEXTS[0]!),
    );
  });

  it('adds the characters of initialAlphabet', async () => {
    const initialAlphabet = ['ñ', '뷁'];
    expect(vocabularyOf(await train(TEXTS, { vocabSize: 400, initialAlphabet }))).toEqual(
      expect.arrayContaining(initialAlphabet),
    );
  });

  it.each([
    ['no text', []],
    ['empty texts', ['', '   ', '']],
    ['one character', ['a']],
    ['one word', ['aaaa']],
  ])('trains on %s', async (_, texts) => {
    const tokenizer = Tokenizer.fromFiles(await train(texts));
    expect(tokenizer.encode('', { addSpecialTokens: false }).ids).toHaveLength(0);
    for (const text of texts) {
      const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
      expect(tokenizer.decode(ids).trim()).toBe(text.trim());
    }
  });

  it('rejects with the reason of an aborted signal', async () => {
    await expect(train(TEXTS, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    for (const stage of ['words', 'merges', 'pieces']) {
      const controller = new AbortController();
      const stages = new Set<string>();
      const onProgress = (progress: TrainingProgress) => {
        stages.add(progress.stage);
        if (progress.stage === stage) controller.abort(new Error(`stop at ${stage}`));
      };
      const call = train(TEXTS, { vocabSize: 350, signal: controller.signal, onProgress });
      const result = await call.then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(result).toBe(stages.has(stage) ? `stop at ${stage}` : undefined);
    }
  });

  it('stops reading texts when it is aborted', async () => {
    const controller = new AbortController();
    let closed = false;
    function* endless() {
      try {
        for (let i = 0; ; i++) yield `text ${i % 100}`;
      } finally {
        closed = true;
      }
    }
    setTimeout(() => controller.abort(new Error('enough')), 40);
    await expect(train(endless(), { signal: controller.signal })).rejects.toThrow('enough');
    expect(closed).toBe(true);
  });

  it('reports progress', async () => {
    const events: TrainingProgress[] = [];
    await train(TEXTS, { vocabSize: 350, onProgress: (progress) => events.push(progress) });
    // There are events before it when the machine is slow.
    expect(events.findLast(({ stage }) => stage === 'words')).toEqual({ stage: 'words', done: TEXTS.length });
    expect(events.at(-1)?.stage).toMatch(/^(merges|pieces)$/);
    expect(events.at(-1)?.done).toBeGreaterThan(0);
  });

  it('throws ConfigError for texts that are no iterable of strings', async () => {
    for (const texts of ['text', undefined, 5, [1], [undefined]])
      await expect(train(texts as unknown as string[]), String(texts)).rejects.toThrow(ConfigError);
  });

  it.each([
    ['vocabSize', 0],
    ['vocabSize', 1.5],
    ['specialTokens', ['a', 'a']],
    ['specialTokens', ['']],
    ['specialTokens', '<s>'],
    ['initialAlphabet', ['ab']],
    ['normalizer', 'NFKC'],
    ['unkToken', ''],
    ['signal', {}],
    ['onProgress', true],
    ['vocab_size', 100],
  ])('throws ConfigError that names the option %s for %j', async (name, value) => {
    const call = train(TEXTS, { [name]: value } as SharedOptions);
    await expect(call).rejects.toThrow(ConfigError);
    await expect(call).rejects.toThrow(new RegExp(`^train\\w+: (unknown option )?${name}\\b`));
  });

  it('throws ConfigError for components that are not supported', async () => {
    const call = train(TEXTS, { preTokenizer: { type: 'NoSuchType' } } as SharedOptions);
    await expect(call).rejects.toThrow(/normalizer or preTokenizer is not supported/);
  });
});

describe('trainBpe', () => {
  it('restores every text at byte level', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainBpe(TEXTS, { vocabSize: 300 }));
    for (const text of [...TEXTS, ' unseen  Ünïcode\n\ttext ', '뷁 훈민정음 🦄🇰🇷', '__proto__ \u0000\u007f'])
      expect(tokenizer.decode(tokenizer.encode(text).ids), text).toBe(text);
  });

  it('merges as in Sennrich et al. 2016, section 3.2', async () => {
    const texts = ['low '.repeat(5) + 'lower '.repeat(2) + 'newest '.repeat(6) + 'widest '.repeat(3)];
    const trained = await trainBpe(texts, { vocabSize: 30, byteLevel: false });
    const merges = modelOf(trained).merges!.map((pair) => pair.join(' '));
    expect(merges.slice(0, 3)).toEqual(['e s', 'es t</w>', 'l o']);
    expect(Tokenizer.fromFiles(trained).encode('lowest').tokens.at(-1)).toBe('est</w>');
  });

  it('encodes characters outside the vocabulary as the unknown token', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainBpe(TEXTS, { vocabSize: 200, byteLevel: false }));
    expect(tokenizer.specialTokens.unk).toBe(0);
    expect([...tokenizer.encode('뷁').ids]).toEqual([0]);
    expect(tokenizer.decode(tokenizer.encode('the cats 나는').ids)).toBe('the cats 나는');
  });

  it('keeps the alphabet when vocabSize is smaller, and makes no merges', async () => {
    const trained = await trainBpe(TEXTS, { vocabSize: 10 });
    expect(vocabularyOf(trained)).toHaveLength(256);
    expect(modelOf(trained).merges).toEqual([]);
  });

  it('prefers lower code points among equally frequent characters', async () => {
    const options = { byteLevel: false, limitAlphabet: 2, endOfWordSuffix: '', vocabSize: 3 };
    expect(vocabularyOf(await trainBpe(['d c b a'], options))).toEqual(['<unk>', 'a', 'b']);
  });

  it('makes no token of maxTokenLength characters or more, other than of two', async () => {
    const trained = await trainBpe(TEXTS, { vocabSize: 400, maxTokenLength: 4 });
    expect(Math.max(...vocabularyOf(trained).map((token) => token.length))).toBe(3);
  });

  it('splits words with the pre-tokenizer of the option', async () => {
    const preTokenizer = {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: '\\d' }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    };
    const texts = ['123 123 123 123'];
    expect(vocabularyOf(await trainBpe(texts, { preTokenizer, initialAlphabet: [] })).sort()).toEqual(
      ['1', '2', '3', 'Ġ'].sort(),
    );
    const tokenizer = Tokenizer.fromFiles(await trainBpe(texts, { preTokenizer }));
    expect(tokenizer.encode('12 3').tokens).toEqual(['1', '2', 'Ġ', '3']);
  });

  it('replaces unpaired surrogates', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainBpe(['a\ud800b'], { byteLevel: false }));
    expect(tokenizer.tokenToId('\ufffd')).toBeDefined();
  });
});

describe('trainWordPiece', () => {
  it('puts [CLS] and [SEP] around texts and pairs', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainWordPiece(TEXTS, { vocabSize: 200 }));
    expect(tokenizer.encode('cat', { pair: 'mat' }).tokens).toEqual([
      '[CLS]',
      'cat',
      '[SEP]',
      'mat',
      '[SEP]',
    ]);
    expect([...tokenizer.encode('cat', { pair: 'mat' }).typeIds]).toEqual([0, 0, 0, 1, 1]);
    expect(tokenizer.specialTokens).toEqual({ pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 });
  });

  it('restores lowercased text, Korean included, and marks unknown words', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainWordPiece(TEXTS, { vocabSize: 300 }));
    const decode = (text: string) => tokenizer.decode(tokenizer.encode(text).ids);
    expect(decode('The CATS sat')).toBe('the cats sat');
    expect(decode('고양이가 커피를')).toBe('고양이가 커피를');
    expect(tokenizer.encode('뷁 cat', { addSpecialTokens: false }).tokens).toEqual(['[UNK]', 'cat']);
  });

  it('keeps the alphabet when vocabSize is smaller', async () => {
    const vocabulary = vocabularyOf(await trainWordPiece(['ab ba'], { vocabSize: 1, specialTokens: [] }));
    expect(vocabulary).toEqual(['[UNK]', 'a', 'b', '##a', '##b']);
  });
});

describe('trainUnigram', () => {
  it('reaches vocabSize and contains every character', async () => {
    const trained = await trainUnigram(TEXTS, { vocabSize: 70 });
    const vocabulary = vocabularyOf(trained);
    expect(vocabulary).toHaveLength(70);
    expect(vocabulary).toEqual(expect.arrayContaining(['▁', ...new Set(TEXTS.join('').replaceAll(' ', ''))]));
  });

  it('restores unseen text and marks unknown characters', async () => {
    const tokenizer = Tokenizer.fromFiles(await trainUnigram(TEXTS, { vocabSize: 120 }));
    for (const text of ['the cats sat', '커피를 마신다', '😀👍🏽'])
      expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
    const { ids } = tokenizer.encode('뷁');
    expect(ids).toContain(tokenizer.specialTokens.unk);
  });

  it('throws ConfigError when vocabSize is smaller than the characters and special tokens', async () => {
    await expect(trainUnigram(['abc'], { vocabSize: 4 })).rejects.toThrow(
      'trainUnigram: vocabSize must be at least 5 for 4 characters and 1 special tokens, got 4',
    );
    expect(vocabularyOf(await trainUnigram(['abc'], { vocabSize: 5 }))).toHaveLength(5);
  });

  it('makes no piece longer than maxPieceLength, and at most seedSize pieces beside characters', async () => {
    const vocabulary = vocabularyOf(await trainUnigram(TEXTS, { maxPieceLength: 3 }));
    const lengths = vocabulary.filter((token) => token !== '<unk>').map((token) => [...token].length);
    expect(Math.max(...lengths)).toBe(3);
    const characters = vocabularyOf(await trainUnigram(TEXTS, { seedSize: 1 })).slice(1);
    expect(characters.every((token) => [...token].length === 1)).toBe(true);
  });

  it('splits words at the spaces of a Metaspace pre-tokenizer', async () => {
    const preTokenizer = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
    const vocabulary = vocabularyOf(await trainUnigram(TEXTS, { preTokenizer, vocabSize: 120 }));
    expect(vocabulary.filter((token) => token.lastIndexOf('▁') > 0)).toEqual([]);
  });
});
