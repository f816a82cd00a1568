import { launchBrowser } from '@headwise/test-browser';
import { serveSite } from '../test/helpers/site.ts';
const [, , name, hash, width, lang, scheme, until] = process.argv;
const server = await serveSite();
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(width) < 500 ? 844 : 900 }, colorScheme: scheme as 'light', locale: lang, hasTouch: Number(width) < 500 });
  page.on('console', (m) => console.log(m.type(), m.text()));
  page.on('pageerror', (e) => console.log('ERR', String(e)));
  await page.goto(`${server.url}${hash}`);
  await page.waitForFunction(() => document.querySelector('[data-testid=parameters]')?.textContent !== '…', undefined, { timeout: 60000 });
  if (until === 'start') { await page.locator('.main').first().click(); await page.waitForTimeout(6000); }
  if (until?.startsWith('text:')) await page.getByText(new RegExp(until.slice(5))).first().waitFor({ timeout: 200000 });
  await page.waitForTimeout(600);
  await page.screenshot({ path: `/tmp/train-shots/${name}.png`, fullPage: true });
} finally { await browser.close(); await server.close(); }
