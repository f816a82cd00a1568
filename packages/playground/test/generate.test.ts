import { type CausalLM, loadCausalLM } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import axe from 'axe-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedFiles } from '../plugins/model-files.ts';
import { formatProbability } from '../src/rooms/generate/format.ts';
import { visible } from '../src/rooms/generate/tokens.ts';
import { type Browser, openPage, type Page, saveScreenshot, type WatchedPage } from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

const SAMPLING = { temperature: 0.8, topK: 40, topP: 1, minP: 0, seed: 7 };

let server: StaticServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let model: CausalLM;

beforeAll(async () => {
  server = await serveSite();
  browser = await launchBrowser();
  const [name, path] = installedFiles('gpt-mini')[0]!;
  model = await loadCausalLM(path.slice(0, -name.length));
  watched = await openPage(browser, `${server.url}#/generate?p=${encodeURIComponent('파일을 ')}&l=en`);
  page = watched.page;
  page.setDefaultTimeout(15_000);
});
afterAll(async () => {
  await watched?.close();
  await browser?.close();
  await server?.close();
});

const tokens = () => page.getByTestId('tokens').locator('button:not(.caret)');
const idsOnPage = async () =>
  (await tokens().evaluateAll((all) =>
    all.map((one) => Number((one as HTMLElement).dataset.id)),
  )) as number[];
/** Waits until the page shows these tokens. */
async function waitForIds(ids: readonly number[]): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll<HTMLElement>('[data-testid=tokens] button:not(.caret)')]
        .map((one) => one.dataset.id)
        .join() === wanted,
    ids.join(),
  );
}
const promptIds = (text: string) => [...model.tokenizer.encode(text).ids];
/** Ids of a text as core writes it. */
async function writtenBy(text: string, options: object): Promise<number[]> {
  const { ids } = await model.generate(text, { maxNewTokens: 256, ...options });
  return [...promptIds(text), ...ids];
}
const prompt = () => page.getByRole('textbox', { name: /^(How the text begins|글의 첫머리)$/ });
const rows = () => page.getByTestId('candidates').locator('li:not(.columns)');

async function axeViolations(): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    () =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }) as Promise<axe.AxeResults>,
  );
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
}

test('shows core’s next tokens, writes core’s text of the seed, and the address writes it again', async () => {
  await waitForIds(promptIds('파일을 '));
  const top = await model.nextTokens('파일을 ', { topK: 10 });
  await rows().nth(9).waitFor();
  expect(await rows().locator('button').allTextContents()).toEqual(top.map(({ token }) => visible(token)));
  expect(await rows().locator('[data-column=model]').allTextContents()).toEqual(
    top.map(({ probability }) => formatProbability(probability)),
  );
  await page.getByRole('button', { name: 'Write' }).click();
  const expected = await writtenBy('파일을 ', SAMPLING);
  await waitForIds(expected);
  await page.waitForFunction(() => location.hash.includes('n=256'));
  await page.reload();
  await waitForIds(expected);
});

test('keys walk through the text; another token forks it, and the tree leads back', async () => {
  const before = await idsOnPage();
  const length = promptIds('파일을 ').length;
  await tokens().last().focus();
  await page.keyboard.press('ArrowLeft');
  await tokens()
    .nth(before.length - 2)
    .and(page.locator('[aria-pressed=true]'))
    .waitFor();
  await tokens()
    .nth(length + 2)
    .click();
  const other = rows().locator('button:enabled').first();
  const id = Number(await other.getAttribute('data-id'));
  await other.click();
  const forked = await writtenBy('파일을 ', {
    ...SAMPLING,
    logitsProcessors: [
      (scores: Float32Array, { ids }: { ids: ArrayLike<number> }) => {
        if (ids.length !== length + 2) return;
        for (const token of scores.keys()) if (token !== id) scores[token] = -Infinity;
      },
    ],
  });
  await waitForIds(forked);
  const branches = page.getByTestId('branches').locator('button');
  await branches.nth(1).waitFor();
  await page.waitForFunction((hash) => location.hash.includes(hash), `b=2.${id}`);
  await branches.and(page.locator('[aria-pressed=true]')).focus();
  await page.keyboard.press('ArrowLeft');
  await waitForIds(before);
  await page.keyboard.press('ArrowRight');
  await waitForIds(forked);
});

test('settings reshape the candidates while they are dragged, and the text when they are let go', async () => {
  await page.getByRole('button', { name: 'Back to the beginning' }).click();
  await waitForIds(promptIds('파일을 '));
  const slider = page.getByTestId('temperature');
  await slider.evaluate((element) => {
    (element as HTMLInputElement).value = '0';
    element.dispatchEvent(new Event('input', { bubbles: true }));
  });
  const settings = rows().locator('[data-column=settings]');
  await settings.first().getByText('100.0 %').waitFor();
  expect(await page.getByTestId('left').textContent()).toContain('1 of 846 tokens');
  await slider.evaluate((element) => element.dispatchEvent(new Event('change', { bubbles: true })));
  await page.getByRole('button', { name: 'Write' }).click();
  await waitForIds(await writtenBy('파일을 ', { temperature: 0 }));
});

test('the attention of a place is core’s', async () => {
  const ids = (await idsOnPage()).slice(0, 8);
  await tokens().nth(8).click();
  await page.getByRole('combobox', { name: 'Layer' }).selectOption('2');
  await page.getByRole('combobox', { name: 'Head' }).selectOption('1');
  const { tokens: one } = await model.generate(Int32Array.from(ids), {
    ...{ maxNewTokens: 1, doSample: false, alignments: true },
  });
  const { data, shape } = one[0]!.alignment!;
  const from = (2 * shape[1] + 1) * shape[2];
  const row = [...data.slice(from, from + shape[2])];
  const largest = formatProbability(Math.max(...row));
  await page.getByTestId('attended').locator('.figure').first().getByText(largest, { exact: true }).waitFor();
  expect(await page.getByTestId('attended').locator('.place').first().textContent()).toBe(
    String(row.indexOf(Math.max(...row))),
  );
  await page.getByText('Attention', { exact: true }).click();
  await saveScreenshot(page, 'generate-attention');
  expect(await axeViolations()).toEqual([]);
  await page.getByText('Probability', { exact: true }).click();
});

test('Esc stops, and the address has the tokens that are there', async () => {
  // A seed whose text is long: with others it ends after few tokens.
  const seed = 106;
  const options = { ...SAMPLING, temperature: 2, seed };
  expect((await model.generate('face with ', { ...options, maxNewTokens: 150 })).ids.length).toBeGreaterThan(
    60,
  );
  await page.evaluate((s) => {
    location.hash = `#/generate?p=face%20with%20&T=2&s=${s}`;
  }, seed);
  await waitForIds(promptIds('face with '));
  await page.getByRole('button', { name: 'Write' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=tokens] .written').length > 3);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Write' }).waitFor();
  const { length } = await idsOnPage();
  // A text may have ended by itself just before.
  if (await page.getByRole('button', { name: 'Write' }).isEnabled())
    await page.waitForFunction((n) => location.hash.includes(`n=${n}`), length - 11);
  await page.getByRole('button', { name: 'Another seed' }).click();
  await page.waitForFunction((s) => !location.hash.includes(`s=${s}`), seed);
});

test('a guess is compared with what the seed draws', async () => {
  await page.evaluate(() => {
    location.hash = '#/generate?p=The%20file%20';
  });
  await waitForIds(promptIds('The file '));
  await page.getByRole('button', { name: 'Guess first' }).click();
  await page.getByTestId('guess').first().click();
  const { tokens: drawn } = await model.generate('The file ', { ...SAMPLING, maxNewTokens: 1 });
  await page
    .getByTestId('verdict')
    .getByText(`“${visible(drawn[0]!.token)}” is drawn`)
    .waitFor();
  await page.getByRole('button', { name: 'Write it' }).click();
  await waitForIds([...promptIds('The file '), drawn[0]!.id]);
  await page.getByTestId('guess').first().waitFor();
  await page.getByRole('button', { name: 'Guess first' }).click();
});

test('says what a model cannot read, and offers a big model with its size', async () => {
  await prompt().fill('파일 뷁 ☃');
  await page.getByTestId('obstacle').getByText('no token for 뷁 ☃').waitFor();
  expect(await page.getByRole('button', { name: 'Write' }).isDisabled()).toBe(true);
  await prompt().fill('a'.repeat(200));
  await page.getByTestId('obstacle').getByText('has 201 tokens').waitFor();
  await prompt().fill('파일은');
  await page.getByTestId('obstacle').waitFor({ state: 'detached' });
  await page.getByText('stories15M', { exact: true }).click();
  await page.getByTestId('obstacle').getByText('not trained on this script').waitFor();
  await prompt().fill('Once');
  await page.getByRole('button', { name: 'Fetch stories15M (61.2 MB)' }).waitFor();
  expect(await axeViolations()).toEqual([]);
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(fetched.filter((name) => name.includes('stories15m'))).toEqual([]);
  await prompt().fill('파일은');
  await page.getByRole('button', { name: 'Use gpt-mini' }).click();
  await waitForIds(promptIds('파일은'));
  expect(watched.problems).toEqual([]);
});

test('fits a phone in Korean and in the dark, without findings of axe', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate(() => {
    location.hash = '#/generate?p=%EC%84%A4%EC%A0%95%EC%9D%84%20&n=256&l=ko';
  });
  await waitForIds(await writtenBy('설정을 ', SAMPLING));
  await page.getByRole('button', { name: '어두운 화면' }).click();
  await page.waitForTimeout(300); // end of the colour transition
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await axeViolations()).toEqual([]);
  await saveScreenshot(page, 'generate-phone');
  expect(watched.problems).toEqual([]);
});
