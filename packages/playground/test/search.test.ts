import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { en as messages } from '../src/app/i18n/en.ts';
import { run as find } from '../src/engine/jobs/search-find.ts';
import { run as open } from '../src/engine/jobs/search-open.ts';
import { run as why } from '../src/engine/jobs/search-why.ts';
import { modelEntry } from '../src/engine/registry.ts';
import { formatBytes, formatCosine } from '../src/lib/format.ts';
import { en } from '../src/rooms/search/en.ts';
import { ko } from '../src/rooms/search/ko.ts';
import { pairsOf, passageParts } from '../src/rooms/search/parts.ts';
import { context, store } from './helpers/models.ts';
import {
  axeViolations,
  type Browser,
  fetchButton,
  openPage,
  type Page,
  WCAG_AND_PRACTICE,
} from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

/** Loads MiniLM in the page and here: some seconds on a machine that does nothing else. */
const WALK = 120_000;

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

/** Waits until the first list has these scores. */
async function waitForScores(page: Page, scores: readonly string[]): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      [...(document.querySelector('.results ol')?.querySelectorAll('[data-testid=score]') ?? [])]
        .map((one) => one.textContent)
        .join() === wanted,
    scores.join(),
  );
}

test(
  'in English a sentence is found by letters, then by meaning, and its score taken apart, with the keyboard alone',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/search`, {
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(60_000);
    const text = await page.getByLabel(en.source.label).inputValue();
    const query = 'What if a head is switched off?';
    await page.getByLabel(en.query.label).fill(query);
    const letters = await find(store, { text, query, byMeaning: false, count: 8 }, context);
    const scores = letters.letters.map(({ score }) => formatCosine(score));
    await waitForScores(page, scores);
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.waitForFunction(() => location.hash.includes('switched'));
    await page.reload();
    await waitForScores(page, scores);

    const { name, bytes } = modelEntry('minilm');
    expect(await fetchButton(page).textContent()).toBe(messages.load.fetch(name, formatBytes(bytes)));
    await fetchButton(page).press('Enter');
    await page
      .getByTestId('indexed')
      .getByText(/^\s*36 sentences/)
      .waitFor();
    await page.getByRole('heading', { name: en.results.meaning }).waitFor();
    await page.locator('.results ol[aria-busy=false]').waitFor();
    const shown = page.locator('.results ol .passage');
    const texts = (await shown.allTextContents()).map((each) => each.trim());
    const model = await store.load('minilm');
    const cosines = await Promise.all(texts.map((each) => model.similarity(query, each)));
    await waitForScores(page, cosines.map(formatCosine));
    expect(cosines).toEqual([...cosines].sort((a, b) => b - a));

    const passage = texts[0]!;
    const { passages } = await open(store, { text }, context);
    const place = passages.findIndex((each) => each.text === passage);
    await page.locator('[data-passage] button').first().press('Enter');
    await page.getByTestId('why-sum').waitFor();
    const parts = await why(store, { query, passage }, context);
    expect(await page.getByTestId('passage-part').allTextContents()).toEqual(
      passageParts(parts, undefined).map(formatCosine),
    );
    expect(await page.locator('.why td.number').first().textContent()).toBe(
      formatCosine(pairsOf(parts)[0]!.part),
    );
    await page.locator('.why .tokens button').nth(3).press('Space');
    expect(await page.getByTestId('passage-part').allTextContents()).toEqual(
      passageParts(parts, 3).map(formatCosine),
    );
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.waitForFunction((index) => location.hash.endsWith(`why=${index}`), place);

    // A question in Korean is compared by letters.
    await page.getByLabel(en.query.label).fill('한국어 질문');
    await page.getByTestId('script-note').getByText(en.query.koreanQuery).waitFor();
    await page.getByText(en.results.none).waitFor();

    // The browser has the model now: it is loaded without a press.
    await page.waitForFunction(() => !location.hash.includes('switched'));
    await page.reload();
    await page
      .getByTestId('indexed')
      .getByText(/^\s*36 sentences/)
      .waitFor();
    expect(await page.getByTestId('offer').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);

test(
  'in Korean on a phone a file is searched where it is, and the answer guessed, by touch',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/search`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      locale: 'ko-KR',
      colorScheme: 'dark',
    });
    page.setDefaultTimeout(60_000);
    await page.locator('[data-passage]').first().waitFor();
    const sent: string[] = [];
    page.on('request', (request) => {
      const url = decodeURIComponent(request.url());
      if (request.method() !== 'GET' || url.includes('비가')) sent.push(`${request.method()} ${url}`);
    });
    const text = '# 제목\n\n나는 커피를 마셨다. 너는 차를 마셨다.\n\n## 다음\n\n비가 온다.\n';
    const file = { name: '일기.md', mimeType: 'text/markdown', buffer: Buffer.from(text) };
    await page.getByTestId('file').setInputFiles(file);
    await page.getByTestId('contents').getByText(ko.source.contents(2, 3)).waitFor();
    await page.getByTestId('not-shared').getByText(ko.source.notShared('일기.md')).waitFor();
    await page.getByRole('button', { name: ko.guess.start }).tap();
    await page.getByLabel(ko.query.label).fill('커피를 마시는 사람');
    const { letters } = await find(
      store,
      { text, query: '커피를 마시는 사람', byMeaning: false, count: 8 },
      context,
    );
    const scores = letters.map(({ score }) => formatCosine(score));
    await page.getByTestId('guess').getByText('너는 차를 마셨다.').waitFor();
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.getByTestId('guess').getByText('너는 차를 마셨다.').tap();
    await page.getByTestId('verdict').getByText(ko.guess.wrong('나는 커피를 마셨다.', scores[0]!)).waitFor();
    await waitForScores(page, scores);
    await page.locator('[data-passage] button').first().tap();
    await page.getByTestId('why').getByText(ko.why.letters(scores[0]!)).waitFor();
    const [largest] = letters[0]!.shared;
    const named = page.getByTestId('why').locator('li').first();
    expect(await named.textContent()).toContain(formatCosine(largest!.part));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.waitForFunction(() => location.hash.includes('why=0'));
    expect(decodeURIComponent(await page.evaluate(() => location.hash))).not.toContain('비가');
    expect(sent).toEqual([]);

    const binary = { name: 'picture.txt', mimeType: 'text/plain', buffer: Buffer.from([0, 1, 2]) };
    await page.getByTestId('file').setInputFiles(binary);
    await page.getByRole('alert').getByText(ko.source.refused.binary).waitFor();
    // Another room and back: the file is still there.
    await page.getByRole('link', { name: '쓰기' }).tap();
    await page.waitForFunction(() => location.hash.startsWith('#/generate'));
    await page.getByRole('link', { name: '찾기' }).tap();
    await page.getByTestId('not-shared').waitFor();
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);
