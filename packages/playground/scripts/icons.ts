// Makes the icons of public/ from public/favicon.svg: node scripts/icons.ts
import { readFile, writeFile } from 'node:fs/promises';
import { launchBrowser } from '@headwise/test-browser';

const PUBLIC = new URL('../public/', import.meta.url);
/** Sizes in pixels by name. Each has a margin that systems may cut off. */
const ICONS = { 'icon-192.png': 192, 'icon-512.png': 512, 'apple-touch-icon.png': 180 };

const svg = await readFile(new URL('favicon.svg', PUBLIC), 'utf8');
const browser = await launchBrowser();
try {
  for (const [name, size] of Object.entries(ICONS)) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<style>body { display: grid; place-items: center; height: 100vh; margin: 0; background: #0e1719 } svg { width: 74%; height: 74% }</style>${svg}`,
    );
    await writeFile(new URL(name, PUBLIC), await page.screenshot({ type: 'png' }));
    await page.close();
  }
} finally {
  await browser.close();
}
