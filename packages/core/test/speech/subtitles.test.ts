import { expect, test } from 'vitest';
import { toSrt, toVtt } from '../../src/speech/subtitles.ts';

function segment(start: number, end: number, text: string, words?: [string, number][]) {
  const timed = words?.map(([text, start]) => ({ text, start, end: start + 0.1, probability: 1 }));
  return { text, start, end, ...(timed && { words: timed }) };
}

const segments = [segment(0, 2.4996, ' Fish & chips --> <today>.'), segment(59.9996, 3661.25, ' Two\nlines')];

test('toSrt numbers the segments, with times up to hours', () => {
  expect(toSrt({ segments })).toBe(`1
00:00:00,000 --> 00:00:02,500
Fish & chips -> <today>.

2
00:01:00,000 --> 01:01:01,250
Two lines
`);
  expect(toSrt({ segments: [] })).toBe('');
});

test('toVtt escapes what WebVTT reads as markup', () => {
  expect(toVtt({ segments })).toBe(`WEBVTT

00:00:00.000 --> 00:00:02.500
Fish &amp; chips --&gt; &lt;today&gt;.

00:01:00.000 --> 01:01:01.250
Two lines
`);
  expect(toVtt({ segments: [] })).toBe('WEBVTT\n');
});

test('toVtt writes the times of words that are after the beginning and increase', () => {
  const words: [string, number][] = [
    [' Yes,', 1],
    [' a', 1.5],
    [' <b>', 1.5],
    [' 안녕', 2.25],
  ];
  expect(toVtt({ segments: [segment(1, 3, ' Yes, a <b> 안녕', words)] })).toBe(`WEBVTT

00:00:01.000 --> 00:00:03.000
Yes, <00:00:01.500>a &lt;b&gt; <00:00:02.250>안녕
`);
});
