import { launchBrowser } from '@headwise/test-browser';
import { serveSite } from './helpers/site.ts';
const server = await serveSite();
const browser = await launchBrowser();
const shots: Array<[string, string, number, 'light'|'dark', string]> = JSON.parse(process.argv[2]!);
for (const [name, hash, width, scheme, locale] of shots) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, locale, deviceScaleFactor: 1 });
  const page = await context.newPage();
  page.on('console', (m) => console.log(name, m.type(), m.text()));
  page.on('pageerror', (e) => console.log(name, String(e)));
  await page.goto(server.url + hash);
  try { await page.getByTestId('map').waitFor({ timeout: 60000 }); await page.waitForTimeout(1500); } catch (e) { console.log(name, 'no map'); }
  if (hash.includes('why=')) await page.getByTestId('why-panel').waitFor({ timeout: 20000 }).catch(() => console.log('no why'));
  await page.screenshot({ path: `/tmp/t3-shots/${name}.png`, fullPage: !hash.includes('why=') });
  console.log(name, await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight, document.querySelectorAll('*').length]));
  await context.close();
}
await browser.close(); await server.close();
