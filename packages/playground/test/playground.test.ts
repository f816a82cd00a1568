import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attentionRamp, colourAt } from '../src/lib/colour.ts';
import { weightToTone } from '../src/lib/scale.ts';
import { minilmCase } from './helpers/minilm.ts';
import {
  axeViolations,
  type Browser,
  enterSentence,
  openPage,
  type Page,
  saveScreenshot,
  thumbnailColours,
  type WatchedPage,
} from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

let server: StaticServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  server = await serveSite();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const love = await minilmCase('I love you');
const cell = (layer: number, head: number): string => `[data-layer="${layer}"][data-head="${head}"]`;

/** Goes to an address as Back and Forward do, without loading the page anew. */
async function visit(hash: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate((to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, hash);
}

// One page for all: MiniLM is loaded once.
describe('Explore with MiniLM', () => {
  beforeAll(async () => {
    watched = await openPage(browser, `${server.url}#/explore`);
    page = watched.page;
    // 23 MB, on a machine that does much else.
    await page.getByTestId('map').waitFor({ timeout: 100_000 });
  });
  beforeEach(() => visit('#/explore'));
  // Includes policy violations, missing files and uncaught errors.
  afterEach(() => expect(watched.problems).toEqual([]));
  afterAll(() => watched.close());

  test('shows tokens, ids and 72 heatmaps equal to core’s', async () => {
    await visit('#/explore?fade=0');
    await enterSentence(page, love.text, love.tokens.length);
    const tokens = page.locator('.tokens button');
    expect(await tokens.locator('.label').allTextContents()).toEqual(love.tokens);
    expect(await tokens.locator('.id').allTextContents()).toEqual(love.ids.map(String));
    expect(await page.getByTestId('ran').textContent()).toMatch(/^5 tokens, .* ms on wasm-/);
    expect(await page.locator('[role=gridcell] button').count()).toBe(72);

    const ramp = attentionRamp('light');
    const maps = [
      [0, 0, love.map(0, 0)],
      [5, 11, love.map(5, 11)],
    ] as const;
    for (const [layer, head, map] of maps) {
      const colours = await thumbnailColours(page, layer, head, love.tokens.length);
      const expected = map.flat().map((weight) => colourAt(ramp, weightToTone(weight)));
      colours.forEach((colour, i) => {
        // A weight within 1e-5 of core may round to the next step of the ramp.
        colour.forEach((byte, channel) => {
          expect(Math.abs(byte - expected[i]![channel]!), `L${layer} H${head} cell ${i}`).toBeLessThanOrEqual(
            3,
          );
        });
      });
    }
  });

  test('shows the selected head, and the arrow keys read the core’s values cell by cell', async () => {
    await enterSentence(page, love.text, love.tokens.length);
    await page.locator(cell(0, 0)).click();
    expect(await page.locator('[data-testid=card-sheet] h2').textContent()).toBe('Layer 0 · Head 0');
    const map = page.getByTestId('map');
    const readout = page.getByTestId('readout');
    for (const [row, weights] of love.map(0, 0).entries()) {
      await map.focus();
      if (row === 0) await map.press('Control+Home');
      for (const [column, weight] of weights.entries()) {
        const [, value] = (await readout.textContent())!.split(': ');
        expect(await readout.textContent()).toContain(`${love.tokens[row]} → ${love.tokens[column]}`);
        expect(Number(value)).toBeCloseTo(weight, 3.8);
        await map.press('ArrowRight');
      }
      await map.press('Home');
      await map.press('ArrowDown');
    }
  });

  test('shows the value under the pointer, and the arrow keys select heads', async () => {
    await enterSentence(page, love.text, love.tokens.length);
    await page.locator(cell(5, 10)).click();
    await page.locator(cell(5, 10)).press('ArrowRight');
    expect(await page.locator('[data-testid=card-sheet] h2').textContent()).toBe('Layer 5 · Head 11');
    const box = (await page.getByTestId('map').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.3);
    const weight = love.map(5, 11)[1]![0]!;
    // The map of another head comes from the worker.
    await page
      .getByTestId('readout')
      .getByText(`i → [CLS]: ${weight.toFixed(4)}`, { exact: true })
      .waitFor();
  });

  test('draws lines from the token under the pointer', async () => {
    await enterSentence(page, love.text, love.tokens.length);
    await page.locator(cell(0, 0)).click();
    await page.locator('.tokens button', { hasText: 'love' }).hover();
    const lines = page.locator('[data-testid=lines] path');
    const drawn = await lines.evaluateAll((paths) =>
      paths.map((path) => {
        const { query, key, weight } = (path as SVGPathElement).dataset;
        return [Number(query), Number(key), Number(weight)] as const;
      }),
    );
    const expected = love.map(0, 0)[2]!;
    expect(drawn.length).toBe(expected.filter((weight) => weight >= 0.02).length);
    for (const [query, key, weight] of drawn) {
      expect(query).toBe(2);
      expect(weight).toBeCloseTo(expected[key]!, 5);
    }
    await page.getByText('Layer average').click();
    expect(await page.locator('[data-testid=card-sheet] h2').textContent()).toBe(
      'Layer 0 · average of all heads',
    );
  });

  test('rescales rows to sum to 1 when [CLS] and [SEP] are hidden', async () => {
    await enterSentence(page, love.text, love.tokens.length);
    await page.locator(cell(0, 0)).click();
    await page.getByLabel('Hide [CLS] and [SEP]').check();
    const map = page.getByTestId('map');
    await map.focus();
    await map.press('Home');
    await page.getByTestId('readout').getByText('after rescaling').waitFor();
    const values: number[] = [];
    for (let column = 0; column < 3; column += 1) {
      values.push(Number(/: ([\d.]+) after/.exec((await page.getByTestId('readout').textContent())!)?.[1]));
      await map.press('ArrowRight');
    }
    expect(values.reduce((sum, value) => sum + value)).toBeCloseTo(1, 3);
  });

  test('shows the effect of silencing one head, and of each head in turn', async () => {
    await page.getByRole('button', { name: 'Silence this head' }).click();
    const effect = page.getByTestId('effect');
    await effect.waitFor();
    const cosine = Number(/cosine (0\.\d+)/.exec((await effect.textContent())!)?.[1]);
    expect(cosine).toBeGreaterThan(0.9);
    expect(cosine).toBeLessThan(1);
    await page.getByRole('button', { name: 'Restore this head' }).click();
    await effect.waitFor({ state: 'detached' });

    await page.getByTestId('measure').click();
    await page.getByTestId('largest-effects').waitFor();
    expect(await page.locator('[data-bar]').count()).toBe(72);
    await page.getByTestId('largest-effects').getByRole('button').first().click();
    expect(await page.locator('.chosen[data-bar]').getAttribute('data-bar')).toBe('1');
  });

  test('continues an interrupted measurement of heads instead of showing a part as the whole', async () => {
    const sentence = page.getByLabel('Your sentence');
    const text = 'The river bank was muddy and cold in the winter of that year.';
    await enterSentence(page, text, 16);
    await page.getByTestId('measure').click();
    await page.locator('[data-bar]').first().waitFor();
    await sentence.fill(`${text} Really.`);
    await page.waitForFunction(() => document.querySelectorAll('[data-bar]').length === 0);
    await enterSentence(page, text, 16);
    const measure = page.getByTestId('measure');
    await page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>('[data-testid=measure]')?.disabled,
    );
    expect(await page.getByTestId('largest-effects').count()).toBe(0);
    expect(await measure.textContent()).toContain('Interrupted');
    await measure.click();
    await page.getByTestId('largest-effects').waitFor();
    expect(await page.locator('[data-bar]').count()).toBe(72);
  });

  test('says what the model cannot read: other scripts, which it does not judge, and the end of a long text', async () => {
    const gauge = page.getByTestId('gauge');
    await page.getByLabel('First sentence', { exact: true }).fill('나는 커피를 마셨다.');
    await page.getByLabel('Second sentence', { exact: true }).fill('주식 시장이 폭락했다.');
    await gauge.getByText('not a meaning that this model can read').waitFor();
    expect(await gauge.textContent()).not.toMatch(/related|in common|the same/);
    await page.locator('[aria-labelledby=compare]').getByText('trained on English only').waitFor();
    await page.getByLabel('First sentence', { exact: true }).fill('Кофе');
    await page.locator('[aria-labelledby=compare]').getByText('trained on English only').waitFor();
    await page.getByLabel('First sentence', { exact: true }).fill('coffee');
    await page.getByLabel('Second sentence', { exact: true }).fill('a cup of coffee');
    await gauge.getByText(/related|in common|the same/).waitFor();

    const words = Array.from({ length: 600 }, () => 'word').join(' ');
    await page.getByLabel('Your sentence').fill(words);
    const unread = page.getByTestId('unread');
    await unread.waitFor();
    expect(await unread.textContent()).toMatch(/first (\d+) of 602 tokens/);
    const [, read] = /first (\d+) of/.exec((await unread.textContent())!)!;
    expect((await unread.locator('s').textContent())!.trim().split(' ')).toHaveLength(
      600 - (Number(read) - 2),
    );
  });

  test('shows the core’s cosine of two sentences', async () => {
    const [a, b] = await Promise.all(
      ['She sat by the river bank.', 'He deposited cash at the bank.'].map(minilmCase),
    );
    const expected = a!.embedding.reduce((sum, value, i) => sum + value * b!.embedding[i]!, 0);
    await page.getByLabel('First sentence', { exact: true }).fill(a!.text);
    await page.getByLabel('Second sentence', { exact: true }).fill(b!.text);
    const displayed = expected.toFixed(4);
    await page.getByTestId('gauge').getByText(displayed).waitFor();
    const cosine = await page.getByTestId('gauge').getAttribute('data-cosine');
    expect(Number(cosine)).toBeCloseTo(expected, 5);
  });

  test('accepts an empty sentence', async () => {
    await enterSentence(page, '', 2);
    expect(await page.locator('.tokens .label').allTextContents()).toEqual(['[CLS]', '[SEP]']);
    await page.getByLabel('Hide [CLS] and [SEP]').check();
    expect(await page.locator('[role=gridcell] button').count()).toBe(72);
  });

  test('has no axe violations in light and dark themes', async () => {
    await page.waitForTimeout(500); // end of the colour transitions
    expect(await axeViolations(page)).toEqual([]);
    await saveScreenshot(page, 'light');
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await page.waitForTimeout(300); // end of the colour transition
    expect(await axeViolations(page)).toEqual([]);
    await saveScreenshot(page, 'dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
  });

  test('stays small with 512 tokens', async () => {
    const words = Array.from({ length: 600 }, (_, i) => ['the', 'river', 'bank', 'was', 'muddy'][i % 5]).join(
      ' ',
    );
    await page.getByLabel('Your sentence').fill(words);
    await page.waitForFunction(() => document.querySelectorAll('.tokens button').length === 256 * 2);
    const [nodes, height] = await page.evaluate(() => [
      document.querySelectorAll('*').length,
      document.documentElement.scrollHeight,
    ]);
    expect(nodes).toBeLessThan(2000);
    expect(height).toBeLessThan(2500);
    expect(await page.getByTestId('readout').count()).toBe(1);
    await saveScreenshot(page, '512-tokens');
  });

  test('switches to Korean and stores the language', async () => {
    await page.getByText('한국어').click();
    await page.locator('html[lang=ko]').waitFor();
    await enterSentence(page, '나는 커피를 마셨다.', 16);
    expect(await page.locator('.tokens .label').allTextContents()).toEqual(
      [
        '[CLS]',
        'ㄴ',
        '##ㅏ',
        '##ㄴ',
        '##ㅡ',
        '##ㄴ',
        'ㅋ',
        '##ㅓ',
        '##ㅍ',
        '##ㅣ',
        '##ㄹ',
        '##ㅡ',
        '##ㄹ',
      ].concat('[UNK]', '.', '[SEP]'),
    );
    await page.getByText('이 모델은 영어로만 학습했습니다').waitFor();
    await saveScreenshot(page, 'korean');
    await page.reload();
    await page.getByText('모든 헤드').first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    await page.getByTestId('map').waitFor({ timeout: 100_000 });
  });
});

test('fits the width of a phone, and keeps the cell of the map that a finger tapped', async () => {
  watched = await openPage(browser, `${server.url}#/explore`, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    deviceScaleFactor: 2,
    locale: 'ko-KR',
    colorScheme: 'dark',
  });
  try {
    page = watched.page;
    await page.getByTestId('map').waitFor({ timeout: 100_000 });
    await enterSentence(
      page,
      'Attention is a way to look at every word, and to focus on the words that matter now.',
      22,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    const head = (await page.locator(cell(0, 0)).boundingBox())!;
    expect(head.width).toBeGreaterThanOrEqual(24);
    await saveScreenshot(page, 'phone');

    await enterSentence(page, love.text, love.tokens.length);
    await page.locator(cell(5, 11)).tap();
    const map = page.getByTestId('map');
    await map.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const box = (await map.boundingBox())!;
    const tap = (column: number, row: number) =>
      page.touchscreen.tap(box.x + (box.width * (column + 0.5)) / 5, box.y + (box.height * (row + 0.5)) / 5);
    for (const [column, row] of [
      [3, 2],
      [0, 1],
    ] as const) {
      await tap(column, row);
      const weight = love.map(5, 11)[row]![column]!;
      const text = `${love.tokens[row]} → ${love.tokens[column]}: ${weight.toFixed(4)}`;
      await page.getByTestId('readout').getByText(text).waitFor();
      await page.waitForTimeout(300);
      expect(await page.getByTestId('readout').textContent()).toBe(text);
    }
    expect(watched.problems).toEqual([]);
  } finally {
    await watched.close();
  }
});

describe('failures', () => {
  afterEach(() => watched.close());

  test('shows an error when the model fails to load, and loads it on retry', async () => {
    watched = await openPage(browser, 'about:blank');
    page = watched.page;
    await page.route('**/models/bert-mini/config.json', (route) =>
      route.fulfill({ status: 503, body: 'busy' }),
    );
    await page.goto(`${server.url}#/explore?m=bert-mini`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The model could not be loaded.');
    expect(await alert.textContent()).toContain('503');
    await page.unroute('**/models/bert-mini/config.json');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('map').waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('says in Korean what helps when the model fails to load', async () => {
    watched = await openPage(browser, 'about:blank', { locale: 'ko-KR' });
    page = watched.page;
    await page.route('**/models/bert-mini/config.json', (route) => route.fulfill({ status: 404, body: '' }));
    await page.goto(`${server.url}#/explore?m=bert-mini`);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('이 페이지의 서버에 모델 파일이 없습니다.');
  });

  test('asks for its files, also from its worker, under the path of its host', async () => {
    const site = await serveSite('/some/path/');
    try {
      watched = await openPage(browser, 'about:blank');
      page = watched.page;
      const weights = page.waitForResponse('**/models/minilm/model.safetensors');
      await page.goto(`${site.url}some/path/index.html#/explore`);
      const response = await weights;
      expect([response.status(), new URL(response.url()).pathname]).toEqual([
        200,
        '/some/path/models/minilm/model.safetensors',
      ]);
      expect(watched.problems).toEqual([]);
    } finally {
      await site.close();
    }
  });

  test('shows an error when the engine fails, and starts a new one on retry', async () => {
    watched = await openPage(browser, `${server.url}#/explore?m=bert-mini`);
    page = watched.page;
    await page.getByTestId('map').waitFor();
    await page.workers()[0]!.evaluate(() => {
      setTimeout(() => {
        throw new Error('out of memory');
      });
    });
    await page.waitForTimeout(200);
    await page.getByLabel('Your sentence').fill('Still there?');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The engine has stopped.');
    await page.getByRole('button', { name: 'Try again' }).click();
    await enterSentence(page, 'I love you', 5);
    expect(await alert.count()).toBe(0);
  });
});
