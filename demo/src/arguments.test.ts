import { describe, expect, test } from 'vitest';
import { checkHead, DEFAULT_TEXTS, parseArguments, UsageError } from './arguments.ts';

describe('parseArguments', () => {
  test('returns the default sentences, in English and Korean, when none are given', () => {
    const { texts } = parseArguments([]);
    expect(texts).toEqual(DEFAULT_TEXTS);
    expect(texts.some((text) => /\p{Script=Hangul}/u.test(text))).toBe(true);
    expect(texts.some((text) => /[a-z]/.test(text))).toBe(true);
  });

  test('accepts texts and flags in any order, and an empty text', () => {
    expect(parseArguments(['a', '--json', '', '--layer', '3', 'b', '--head=7'])).toEqual({
      texts: ['a', '', 'b'],
      json: true,
      help: false,
      layer: 3,
      head: 7,
    });
  });

  test('returns story options for --generate, also with an empty prompt', () => {
    expect(parseArguments(['--generate', 'Once upon a time']).story).toEqual({
      prompt: 'Once upon a time',
      tokens: 60,
    });
    const sampled = ['--generate=', '--tokens', '9', '--temperature', '0.8', '--seed', '3', '--json'];
    expect(parseArguments(sampled)).toMatchObject({
      json: true,
      story: { prompt: '', tokens: 9, temperature: 0.8, seed: 3 },
    });
    expect(parseArguments(['a']).story).toBeUndefined();
  });

  test('returns a text to translate, and the model', () => {
    const { translation, story } = parseArguments(['--translate', 'I love you', '--json']);
    expect(translation).toEqual({ text: 'I love you', model: 'grammar-en-ko' });
    expect(story).toBeUndefined();
    const other = parseArguments(['--translate=', '--model', './models/mine']);
    expect(other.translation).toEqual({ text: '', model: './models/mine' });
  });

  test.each([
    [['--translate'], "Option '--translate <value>' argument missing"],
    [['--translate', 'I', 'love'], '--translate takes one text; put it in quotes'],
    [['--translate', 'I', '--generate', 'I'], '--generate cannot be used with --translate'],
    [['--model', 'grammar-ko-en'], '--model requires --translate'],
    [['--colour'], "Unknown option '--colour'"],
    [['--layer', 'first'], '--layer must be an integer from 0, got "first"'],
    [['--layer='], '--layer must be an integer from 0, got ""'],
    [['--head', '1.5'], '--head must be an integer from 0, got "1.5"'],
    [['--head=-1'], '--head must be an integer from 0, got "-1"'],
    [['--layer'], "Option '--layer <value>' argument missing"],
    [['--generate'], "Option '--generate <value>' argument missing"],
    [['--generate', 'Once', 'upon'], '--generate takes one text; put it in quotes'],
    [['--generate', 'Once', '--layer', '1'], '--layer cannot be used with --generate'],
    [['--generate', 'Once', '--tokens', '0'], '--tokens must be an integer from 1, got "0"'],
    [['--generate', 'Once', '--tokens', 'all'], '--tokens must be an integer from 0, got "all"'],
    [['--generate', 'Once', '--temperature', '0'], '--temperature must be a number above 0, got "0"'],
    [['--generate', 'Once', '--temperature', 'hot'], '--temperature must be a number above 0, got "hot"'],
    [['--generate', 'Once', '--seed', '1'], '--seed requires --temperature'],
    [
      ['--generate', 'A', '--temperature', '1', '--seed', '4294967296'],
      '--seed must be at most 4294967295, got "4294967296"',
    ],
    [['--tokens', '5'], '--tokens requires --generate'],
    [['--seed', '5'], '--seed requires --generate'],
  ])('throws UsageError for %j', (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(message);
  });
});

describe('checkHead', () => {
  const options = parseArguments(['--layer', '6', '--head', '12']);

  test('throws UsageError with the valid range when the layer or head does not exist', () => {
    expect(() => checkHead(options, 6, 12)).toThrow('--layer 6: the model has layers 0 to 5');
    expect(() => checkHead(options, 7, 12)).toThrow('--head 12: each layer has heads 0 to 11');
    expect(() => checkHead(options, 7, 13)).not.toThrow();
  });
});
