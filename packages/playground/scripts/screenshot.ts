// Takes the screenshot of the built playground in the README: node scripts/screenshot.ts FILE.png
// (docs/playground.png was then reduced to 256 colours with pngquant.)
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { launchBrowser } from '@headwise/test-browser';
import { serveSite } from '../test/helpers/site.ts';

const file = resolve(process.argv[2] ?? 'playground.png');
const server = await serveSite();
const browser = await launchBrowser();
try {
  const page = await browser.newPage({
    viewport: { width: 1320, height: 1000 },
    deviceScaleFactor: 1.5,
    colorScheme: 'light',
    locale: 'en-US',
  });
  await page.goto(`${server.url}#/explore`);
  await page.getByTestId('map').waitFor();
  await page.getByTestId('measure').click();
  await page.getByTestId('largest-effects').waitFor();
  // Repeated forward passes, so that the displayed time excludes compilation.
  const sentence = page.getByLabel('Your sentence');
  const text = await sentence.inputValue();
  for (let i = 0; i < 5; i += 1) {
    await sentence.fill(`${text} `);
    await sentence.fill(text);
    await page.waitForTimeout(150);
  }
  await sentence.blur();
  await page.mouse.move(0, 0);
  const attention = await page.locator('#attention').boundingBox();
  if (!attention) throw new Error('the page has no attention section');
  await mkdir(dirname(file), { recursive: true });
  const height = Math.ceil(attention.y + attention.height + 10);
  await page.screenshot({ path: file, clip: { x: 0, y: 0, width: 1320, height } });
} finally {
  await browser.close();
  await server.close();
}
