import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Report, Story } from '../src/report.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const execute = promisify(execFile);

const demo = (...args: string[]) =>
  execute(process.execPath, [main, ...args], { env: { ...process.env, NO_COLOR: '1' } });

describe('npm run demo', () => {
  test('--json prints tokens, similarities, attention weights and times of the given sentences', async () => {
    const { stdout } = await demo(
      '--json',
      '--layer',
      '5',
      '--head',
      '11',
      '나는 커피를 마셨다.',
      'I drank coffee.',
      '',
    );
    const report = JSON.parse(stdout) as Report;
    expect(report.sentences.map(({ text }) => text)).toEqual(['나는 커피를 마셨다.', 'I drank coffee.', '']);
    expect(report.sentences[1]).toMatchObject({ tokens: ['[CLS]', 'i', 'drank', 'coffee', '.', '[SEP]'] });
    expect(report.sentences[2]).toMatchObject({ tokens: ['[CLS]', '[SEP]'] });

    expect(report.similarity.map((row, i) => row[i])).toEqual([1, 1, 1].map((one) => expect.closeTo(one, 5)));
    expect(report.attention).toMatchObject({ sentence: 0, layer: 5, head: 11 });
    for (const row of report.attention.weights) {
      expect(row).toHaveLength(report.sentences[0]?.tokens.length ?? 0);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }

    const threads = report.timings.map(
      (timing) => `${timing.backend} ${timing.threads > 1 ? 'workers' : 'alone'}`,
    );
    expect(threads).toEqual(expect.arrayContaining(['reference alone', 'wasm-simd alone']));
    expect(threads.some((name) => name.endsWith('workers'))).toBe(true);
    for (const { medianMs, bestMs, maxError } of report.timings) {
      expect(bestMs).toBeGreaterThan(0);
      expect(medianMs).toBeGreaterThanOrEqual(bestMs);
      expect(maxError).toBeLessThan(1e-5);
    }
  });

  test('shows a head in which "it" attends to "animal" when no options are given', async () => {
    const { stdout } = await demo();
    expect(stdout).toContain('나는 커피를 마셨다.');
    expect(stdout).toContain('Attention of layer 3, head 1');
    expect(stdout).toContain('Strongest link between words: it → animal, 0.69');
    expect(stdout).not.toContain('\x1b');
  });

  test.each([
    [['--layer', '6'], '--layer 6: the model has layers 0 to 5'],
    [['--head', '12'], '--head 12: each layer has heads 0 to 11'],
    [['--verbose'], "Unknown option '--verbose'"],
    [['--generate', 'so long '.repeat(300)], 'the prompt has'],
  ])('%j exits with code 2 and a message without a stack trace', async (args, message) => {
    const failure = await demo(...args).catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({ code: 2 });
    expect(failure.stderr).toContain(message);
    expect(failure.stderr).toContain('--help');
    expect(failure.stderr).not.toContain('    at ');
  });
});

describe('npm run demo -- --generate', () => {
  test('prints the story, the speed and the alternatives of each token', async () => {
    const { stdout } = await demo('--generate', 'Once upon a time', '--tokens', '12');
    const [story, , , ...rest] = stdout.split('\n');
    expect(story).toBe('Once upon a time, there was a little girl named Lily. She loved');
    expect(stdout).toMatch(/12 tokens, \d+ tokens\/s \(wasm-.*\); prompt of 5 tokens in [\d.]+ ms/);
    expect(rest.join('\n')).toMatch(/ 5 {2}␣little +60 % {2}␣big 7\.6 % {3}␣boy 5\.0 %/);
    expect(stdout).not.toContain('\x1b');
  });

  test('--json prints the same sampled story for the same seed', async () => {
    const sampled = [
      '--json',
      '--generate',
      'The cat',
      '--tokens',
      '20',
      '--temperature',
      '0.9',
      '--seed',
      '7',
    ];
    const stories = [await demo(...sampled), await demo(...sampled)].map(
      ({ stdout }) => JSON.parse(stdout) as Story,
    );
    const [story, again] = stories as [Story, Story];
    expect(story).toMatchObject({ prompt: 'The cat', seed: 7, promptTokens: 3, finishReason: 'length' });
    expect(again.text).toBe(story.text);
    expect(story.tokens.map(({ text }) => text).join('')).toBe(story.text);
    for (const { token, alternatives } of story.tokens) {
      expect(alternatives).toHaveLength(5);
      expect(alternatives.map((other) => other.token)).not.toContain(token);
    }
    expect(story.tokensPerSecond).toBeGreaterThan(1);
  });
});
