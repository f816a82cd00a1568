import { describe, expect, test } from 'vitest';
import { checkHead, DEFAULT_TEXTS, parseArguments, UsageError } from './arguments.ts';

describe('parseArguments', () => {
  test('takes the default sentences, in English and Korean, when none are given', () => {
    const { texts } = parseArguments([]);
    expect(texts).toEqual(DEFAULT_TEXTS);
    expect(texts.some((text) => /\p{Script=Hangul}/u.test(text))).toBe(true);
    expect(texts.some((text) => /[a-z]/.test(text))).toBe(true);
  });

  test('takes texts and flags in any order, also an empty text', () => {
    expect(parseArguments(['a', '--json', '', '--layer', '3', 'b', '--head=7'])).toEqual({
      texts: ['a', '', 'b'],
      json: true,
      help: false,
      layer: 3,
      head: 7,
    });
  });

  test('takes the beginning of a story, also an empty one', () => {
    expect(parseArguments(['--generate', 'Once upon a time']).story).toEqual({
      prompt: 'Once upon a time',
      tokens: 60,
    });
    const drawn = ['--generate=', '--tokens', '9', '--temperature', '0.8', '--seed', '3', '--json'];
    expect(parseArguments(drawn)).toMatchObject({
      json: true,
      story: { prompt: '', tokens: 9, temperature: 0.8, seed: 3 },
    });
    expect(parseArguments(['a']).story).toBeUndefined();
  });

  test.each([
    [['--colour'], "Unknown option '--colour'"],
    [['--layer', 'first'], '--layer takes a whole number from 0, not "first"'],
    [['--layer='], '--layer takes a whole number from 0, not ""'],
    [['--head', '1.5'], '--head takes a whole number from 0, not "1.5"'],
    [['--head=-1'], '--head takes a whole number from 0, not "-1"'],
    [['--layer'], "Option '--layer <value>' argument missing"],
    [['--generate'], "Option '--generate <value>' argument missing"],
    [['--generate', 'Once', 'upon'], '--generate takes one text: put it in quotes'],
    [['--generate', 'Once', '--layer', '1'], '--layer is not for --generate'],
    [['--generate', 'Once', '--tokens', '0'], '--tokens takes a whole number from 1, not "0"'],
    [['--generate', 'Once', '--tokens', 'all'], '--tokens takes a whole number from 0, not "all"'],
    [['--generate', 'Once', '--temperature', '0'], '--temperature takes a number above 0, not "0"'],
    [['--generate', 'Once', '--temperature', 'hot'], '--temperature takes a number above 0, not "hot"'],
    [['--generate', 'Once', '--seed', '1'], '--seed is for --temperature'],
    [['--generate', 'A', '--temperature', '1', '--seed', '4294967296'], '--seed takes numbers up to'],
    [['--tokens', '5'], '--tokens is for --generate'],
    [['--seed', '5'], '--seed is for --generate'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
    expect(() => parseArguments(argv)).toThrow(message);
  });
});

describe('checkHead', () => {
  const options = parseArguments(['--layer', '6', '--head', '12']);

  test('says which layers and heads there are', () => {
    expect(() => checkHead(options, 6, 12)).toThrow('--layer 6: the model has layers 0 to 5');
    expect(() => checkHead(options, 7, 12)).toThrow('--head 12: each layer has heads 0 to 11');
    expect(() => checkHead(options, 7, 13)).not.toThrow();
  });
});
