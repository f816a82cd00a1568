// Takes pictures of every room and chapter of the built page, to be looked at: node scripts/walk.ts [PART OF A NAME…]
// In both languages and themes, at 1440 and 390 pixels; to node_modules/.cache/walk/.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '@headwise/test-browser';
import { CHAPTER_IDS } from '../src/rooms/learn/chapter.ts';
import { ROOM_CHECKS } from '../test/helpers/rooms.ts';
import { serveSite } from '../test/helpers/site.ts';

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

interface Place {
  readonly name: string;
  readonly hash: string;
  /** What is done before the picture. */
  prepare?(page: Page): Promise<unknown>;
}

const FOLDER = fileURLToPath(new URL('../node_modules/.cache/walk/', import.meta.url));
const LANGUAGES = ['en', 'ko'] as const;
const THEMES = ['light', 'dark'] as const;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

const LISTEN = ROOM_CHECKS.find(({ id }) => id === 'listen')!;
const seen = (testid: string) => (page: Page) => page.getByTestId(testid).first().waitFor();

/** Shows the answer of a chapter. */
async function answer(page: Page): Promise<void> {
  await page.locator('.guess .skip').click();
}

const PLACES: readonly Place[] = [
  { name: 'translate', hash: '#/learn', prepare: (page) => page.locator('.target button').first().click() },
  {
    name: 'translate-unknown',
    hash: '#/learn?t=I%20drank%20cofee%20yesterday',
    prepare: (page) => page.locator('.target button').first().waitFor(),
  },
  ...CHAPTER_IDS.flatMap((id): Place[] => [
    { name: `learn-${id}-guess`, hash: `#/learn/${id}` },
    { name: `learn-${id}`, hash: `#/learn/${id}`, prepare: answer },
  ]),
  {
    name: 'explore',
    hash: '#/explore?m=bert-mini',
    prepare: (page) => page.getByTestId('map').click({ position: { x: 60, y: 60 } }),
  },
  {
    name: 'explore-head',
    hash: '#/explore?m=bert-mini',
    prepare: async (page) => {
      await page.getByTestId('map').waitFor();
      await page.locator('[data-layer="1"][data-head="2"]').click();
    },
  },
  { name: 'explore-minilm', hash: '#/explore?x=5.11:0,3.1:2', prepare: seen('map') },
  { name: 'explore-layer', hash: '#/explore?m=bert-mini&v=layer', prepare: seen('map') },
  {
    name: 'explore-two',
    hash: '#/explore?m=bert-mini&t=I%20drank%20coffee&t2=I%20drank%20tea&g=difference&p=stream',
    prepare: seen('word-similarity'),
  },
  {
    name: 'explore-patch',
    hash: '#/explore?m=bert-mini&t=I%20drank%20coffee&t2=I%20drank%20wine&p=patch',
    prepare: seen('map'),
  },
  {
    name: 'explore-why',
    hash: '#/explore?m=bert-mini&why=1.2.3',
    prepare: (page) => page.locator('dialog[open], aside, [role=dialog]').first().waitFor(),
  },
  { name: 'explore-pair', hash: '#/explore?m=t5-mini', prepare: seen('pair-output') },
  {
    name: 'explore-pair-edited',
    hash: '#/explore?m=t5-mini&y=encoder.0.1:0,cross.1.1:0,cross.1.2:2',
    prepare: seen('pair-before'),
  },
  {
    name: 'explore-pair-patched',
    hash: '#/explore?m=t5-mini&t=translate%20English%20to%20Korean:%20I%20love%20you&t2=translate%20English%20to%20Korean:%20I%20love%20me',
    prepare: async (page) => {
      await page.getByTestId('patch').click();
      await page.getByText(/^(Largest|가장 큰 값):/).waitFor();
    },
  },
  { name: 'explore-decoder', hash: '#/explore?m=gpt-mini', prepare: seen('map') },
  { name: 'generate', hash: '#/generate?n=24', prepare: seen('candidates') },
  { name: 'generate-branch', hash: '#/generate?n=12&b=2.40&h=1.2', prepare: seen('candidates') },
  { name: 'train', hash: '#/train?at=20&width=32', prepare: seen('samples') },
  { name: 'train-transformer', hash: '#/train/dates-transformer' },
  {
    name: 'train-nan',
    hash: '#/train/dates-transformer?rate=1e20&width=32&at=2',
    prepare: seen('not-finite'),
  },
  {
    name: 'search',
    hash: '#/search?by=letters&why=0',
    prepare: (page) => page.locator('.results ol[aria-busy=false]').first().waitFor(),
  },
  {
    name: 'search-meaning',
    hash: '#/search?by=meaning&s=en&why=0',
    prepare: (page) => page.locator('.results ol[aria-busy=false]').first().waitFor(),
  },
  { name: 'listen', hash: LISTEN.hash, prepare: LISTEN.ready },
  { name: 'benchmark', hash: '#/benchmark' },
  {
    name: 'benchmark-done',
    hash: '#/benchmark?c=simd,relaxed,q8',
    prepare: async (page) => {
      await page.locator('main .button').first().click();
      await page.getByTestId('machine').waitFor();
    },
  },
];

const wanted = process.argv.slice(2);
const places = PLACES.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
await mkdir(FOLDER, { recursive: true });
const server = await serveSite();
const browser = await launchBrowser();

try {
  for (const viewport of SIZES) {
    for (const language of LANGUAGES) {
      for (const { name, hash, prepare } of places) {
        const page = await browser.newPage({
          viewport,
          hasTouch: viewport.width < 1000,
          locale: language === 'ko' ? 'ko-KR' : 'en-US',
          reducedMotion: 'reduce',
        });
        page.setDefaultTimeout(60_000);
        page.on('pageerror', (error) => console.error(`${name}: ${error}`));
        await page.goto(`${server.url}${hash}`);
        await page
          .waitForFunction(() => document.querySelector('main h1, main h2'))
          .then(() => prepare?.(page))
          .catch((error: unknown) => console.error(`${name}, ${language}, ${viewport.width}: ${error}`));
        await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
        await page.evaluate(() => document.fonts.ready);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0)
          console.error(`${name}, ${language}, ${viewport.width}: ${overflow} pixels too wide`);
        for (const theme of THEMES) {
          await page.emulateMedia({ colorScheme: theme });
          await page.waitForTimeout(150);
          const path = `${FOLDER}${name}-${viewport.width}-${language}-${theme}.png`;
          await page.screenshot({ path, fullPage: true });
        }
        await page.context().close();
      }
    }
  }
  console.log(`pictures of ${places.length} places: ${FOLDER}`);
} finally {
  await browser.close();
  await server.close();
}
