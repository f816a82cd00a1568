// node scripts/zz-shots.ts NAME HASH [js steps file]
import { launchBrowser } from '@headwise/test-browser';
import { openPage, axeViolations } from '../test/helpers/page.ts';
import { serveSite } from '../test/helpers/site.ts';
const [name, hash, stepsFile, only] = process.argv.slice(2);
const server = await serveSite();
const browser = await launchBrowser();
const steps = stepsFile ? (await import(stepsFile)).default : async () => {};
const cases = [['en','light',1440],['ko','dark',390],['ko','light',1440],['en','dark',390]] as const;
for (const [lang, theme, width] of cases) {
  if (only && only !== `${lang}${width}`) continue;
  const w = await openPage(browser, `${server.url}${hash}`, { viewport: { width: width === 1440 ? Number(process.env.W ?? 1440) : width, height: 900 }, locale: lang === 'ko' ? 'ko-KR' : 'en-US', colorScheme: theme, hasTouch: width < 500 });
  try {
    await steps(w.page, { lang, width });
    await w.page.waitForTimeout(700);
    const axe = await axeViolations(w.page);
    if (axe.length) console.log(lang, theme, width, axe);
    const sw = await w.page.evaluate(() => document.documentElement.scrollWidth);
    if (sw > width) console.log('overflow', sw, width);
    await w.page.screenshot({ path: `/tmp/exshots/${name}-${lang}-${theme}-${width}.png`, fullPage: true });
  } catch (e) { console.log(lang, width, String(e).slice(0, 600)); await w.page.screenshot({ path: `/tmp/exshots/${name}-${lang}-${theme}-${width}.png`, fullPage: true }); }
  if (w.problems.length) console.log(w.problems);
  await w.close();
}
await browser.close(); await server.close();
