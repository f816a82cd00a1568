// Listen on the real weights: what it shows is compared with what core computes here from the same file.
import { readFile } from 'node:fs/promises';
import type { Activation } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { en as messages } from '../src/app/i18n/en.ts';
import { run as hear } from '../src/engine/jobs/listen-hear.ts';
import { run as mapOf } from '../src/engine/jobs/listen-map.ts';
import { run as open } from '../src/engine/jobs/listen-open.ts';
import { run as why } from '../src/engine/jobs/listen-why.ts';
import { modelEntry } from '../src/engine/registry.ts';
import { formatBytes, formatNumber, formatPercent, formatWeight } from '../src/lib/format.ts';
import { formatSeconds, peaks } from '../src/pictures/spectrogram.ts';
import { en } from '../src/rooms/listen/en.ts';
import { context, store } from './helpers/models.ts';
import {
  axeViolations,
  type Browser,
  fetchButton,
  openPage,
  saveScreenshot,
  WCAG_AND_PRACTICE,
} from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

/** Loads the model in the page and here, and writes six seconds down four times: some seconds on a machine that does nothing else. */
const WALK = 180_000;
const SAMPLE = new URL('../src/rooms/listen/sounds/apollo-13.wav', import.meta.url);
const HOUSTON = 10;

let server: StaticServer;
let browser: Browser;
beforeAll(async () => {
  server = await serveSite();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test(
  'the sample is written down, a word chosen and its number taken apart, and a head silenced, with the keyboard alone',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/listen`, {
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(100_000);
    await page.locator('[data-testid=spectrogram][data-frames="600"]').waitFor();
    await page.getByText(en.model.offer).waitFor();
    const { name, bytes } = modelEntry('whisper-tiny');
    expect(await fetchButton(page).textContent()).toBe(messages.load.fetch(name, formatBytes(bytes)));
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await fetchButton(page).press('Enter');

    // What core says by itself: the hooks of the pass that times the words.
    const model = await store.load('whisper-tiny');
    const file = await readFile(SAMPLE);
    const kept = new Map<string, Activation>();
    const keep = (activation: Activation): void => {
      if ((activation.shape.at(-2) ?? 0) > 4) kept.set(activation.name, activation);
    };
    const whole = await model.transcribe(file, {
      language: 'en',
      timestamps: 'word',
      hooks: {
        'decoder.blocks.*.crossAttention.weights': keep,
        'decoder.blocks.3.crossAttention.scores': keep,
      },
    });
    const words = whole.segments.flatMap((segment) => segment.words ?? []);
    await page.getByTestId('transcript').waitFor();
    expect(await page.getByTestId('transcript').textContent()).toBe(whole.text);
    expect(await page.locator('[data-word]').allTextContents()).toEqual(words.map(({ text }) => text.trim()));
    const languages = await model.detectLanguage(file);
    expect(await page.locator('[data-testid=languages] .figure').first().textContent()).toBe(
      formatPercent(languages[0]!.probability),
    );
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);

    await page.locator('[data-word="0"]').focus();
    for (let i = 0; i < HOUSTON; i += 1) await page.keyboard.press('ArrowRight');
    const { start, end, probability } = words[HOUSTON]!;
    await page
      .getByTestId('word-times')
      .getByText(en.word.times(formatSeconds(start), formatSeconds(end), formatPercent(probability)))
      .waitFor();

    // The jobs, on the same file: their maps are those of the hooks.
    const sound = await open(store, { wav: file }, context);
    const heard = await hear(
      store,
      { samples: sound.samples, language: 'en', silenced: [], beside: undefined },
      context,
    );
    expect(heard.words.map((word) => [word.text, word.start, word.end, word.probability])).toEqual(
      words.map((word) => [word.text, word.start, word.end, word.probability]),
    );
    expect(heard.words.map(({ rows }) => rows[1] - rows[0]).reduce((a, b) => a + b)).toBe(
      whole.segments.flatMap(({ ids }) => ids).length,
    );
    const [one] = (await mapOf(store, { id: heard.id, choice: { layer: 3, head: 4 } }, context)).maps;
    const { data, shape } = kept.get('decoder.blocks.3.crossAttention.weights')!;
    const [, , queries = 0, keys = 0] = shape;
    const first = queries - one!.rows - 2;
    for (const row of [0, 7, one!.rows - 1]) {
      const at = (4 * queries + first + row) * keys;
      expect(one!.data.slice(row * one!.columns, (row + 1) * one!.columns)).toEqual(
        data.slice(at, at + one!.columns),
      );
    }
    const { rows } = heard.words[HOUSTON]!;
    const [mean] = (await mapOf(store, { id: heard.id, choice: 'mean' }, context)).maps;
    const row = (at: number): Float32Array => mean!.data.slice(at * mean!.columns, (at + 1) * mean!.columns);
    const weights = row(rows[0]).map((_, i) => {
      let sum = 0;
      for (let at = rows[0]; at < rows[1]; at += 1) sum += row(at)[i]! / (rows[1] - rows[0]);
      return sum;
    });
    const places = peaks(weights).slice(0, 6);
    const shown = page.getByTestId('place');
    await shown.nth(5).waitFor();
    expect(await shown.locator('.figure').allTextContents()).toEqual(
      places.map(({ weight }) => formatWeight(weight)),
    );

    // The first number is taken apart, down to a score: the one that the engine itself computed.
    const { position } = places[0]!;
    await shown.first().press('Enter');
    const parts = await why(
      store,
      { id: heard.id, window: 0, rows, position, choice: 'mean', part: 4 },
      context,
    );
    await page.getByTestId('why-mean').getByText(formatWeight(parts.mean)).waitFor();
    await page.locator('[data-testid=why-panel] li button').nth(4).press('Space');
    const { layer, head, weight } = parts.parts[4]!;
    expect([layer, head]).toEqual([3, 4]);
    await page
      .getByTestId('why-softmax')
      .getByText(en.why.softmax(formatWeight(weight), formatNumber(parts.score)))
      .waitFor();
    const scores = kept.get('decoder.blocks.3.crossAttention.scores')!.data;
    expect(parts.score).toBeCloseTo(scores[(head * queries + first + rows[0]) * keys + position]!, 3);
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('why-panel').waitFor({ state: 'detached' });

    // A head is silenced: what core writes without it stands beside.
    await page.locator('[data-layer="0"][data-head="0"]').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 's'])
      await page.keyboard.press(key);
    const without = await model.transcribe(file, {
      language: 'en',
      timestamps: 'word',
      hooks: {
        'decoder.blocks.2.crossAttention.heads.2.context': (activation: Activation) =>
          new Float32Array(activation.data.length),
      },
    });
    await page.getByTestId('after').waitFor();
    expect(await page.getByTestId('before').textContent()).toBe(words.map(({ text }) => text).join(''));
    expect(await page.getByTestId('after').textContent()).toBe(
      without.segments
        .flatMap((segment) => segment.words ?? [])
        .map(({ text }) => text)
        .join(''),
    );
    await page.waitForFunction(() => location.hash === '#/listen?w=10&h=2.2&x=2.2');
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await saveScreenshot(page, 'listen');

    // The browser has the model now: it is loaded without a press.
    await page.reload();
    await page.getByTestId('cancel').waitFor();
    expect(await page.getByTestId('offer').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);
