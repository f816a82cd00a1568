// Makes the pictures of the playground in the READMEs, and the one that other sites show for a link, from the built page: node scripts/screenshot.ts
import { writeFile } from 'node:fs/promises';
import { launchBrowser } from '@headwise/test-browser';
import { serveSite } from '../test/helpers/site.ts';

const DOCS = new URL('../../../docs/', import.meta.url);
const PUBLIC = new URL('../public/', import.meta.url);
const WIDTH = 1240;
const LANGUAGES = ['en', 'ko'] as const;
const THEMES = ['light', 'dark'] as const;

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

const server = await serveSite();
const browser = await launchBrowser();

/** Opens Explore with MiniLM, measures its heads, and lets the times settle. */
async function openExplore(language: string, theme: 'light' | 'dark', scale: number): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: 1400 },
    deviceScaleFactor: scale,
    colorScheme: theme,
    locale: language === 'ko' ? 'ko-KR' : 'en-US',
    reducedMotion: 'reduce',
  });
  await page.goto(`${server.url}#/explore`);
  await page.getByTestId('map').waitFor({ timeout: 100_000 });
  await page.getByTestId('measure').click();
  await page.getByTestId('largest-effects').waitFor({ timeout: 100_000 });
  // Once more, so that the time that is shown is not that of the first pass.
  const sentence = page.locator('main textarea').first();
  const text = await sentence.inputValue();
  for (const shown of [`${text} `, text, `${text}  `, text]) {
    await sentence.fill(shown);
    await page.waitForTimeout(250);
  }
  await sentence.blur();
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(300);
  return page;
}

try {
  for (const theme of THEMES) {
    for (const language of LANGUAGES) {
      const page = await openExplore(language, theme, 1.2);
      const attention = (await page.locator('#attention').boundingBox())!;
      const clip = {
        x: 0,
        y: 0,
        width: WIDTH,
        height: Math.ceil(attention.y + attention.height + 16),
        scale: 1,
      };
      // WebP keeps text and the cells of maps sharp in half the bytes of a PNG.
      const devtools = await page.context().newCDPSession(page);
      const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 58, clip });
      await writeFile(new URL(`playground-${language}-${theme}.webp`, DOCS), Buffer.from(data, 'base64'));
      await page.close();
    }
  }
  const page = await openExplore('en', 'light', 1);
  const attention = (await page.locator('#attention').boundingBox())!;
  const clip = { x: 20, y: attention.y - 10, width: 1200, height: 630 };
  await writeFile(new URL('social.jpg', PUBLIC), await page.screenshot({ clip, type: 'jpeg', quality: 74 }));
} finally {
  await browser.close();
  await server.close();
}
