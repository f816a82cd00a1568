// Explore saves pictures and tables, and opens the files of a model.
import { readFile } from 'node:fs/promises';
import { loadEncoder } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../package.json';
import { installedFiles } from '../plugins/model-files.ts';
import { folderOf } from './helpers/models.ts';
import { axeViolations, type Browser, enterSentence, openPage } from './helpers/page.ts';
import { differingPixels } from './helpers/pictures.ts';
import { serveSite } from './helpers/site.ts';

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

test('a map is saved as CSV, SVG and PNG; the page opens offline on the second visit', async () => {
  const watched = await openPage(browser, `${server.url}#/explore?m=bert-mini&t=I%20love%20you&h=0.1`);
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const save = async (name: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('group', { name: 'Save this map' }).getByRole('button', { name }).click(),
    ]);
    expect(file.suggestedFilename()).toBe(`headwise-L0H1.${name.toLowerCase()}`);
    return readFile((await file.path())!);
  };
  const model = await loadEncoder(folderOf('bert-mini'));
  const { attention, tokens } = await model.trace('I love you');
  await model.dispose();
  const rows = (await save('CSV')).toString().trim().split('\n').slice(1);
  const saved = rows.flatMap((row) => row.split(',').slice(1).map(Number));
  expect(saved).toHaveLength(tokens.length ** 2);
  saved.forEach((value, i) => {
    expect(value).toBeCloseTo(attention.map(0, 1)[i]!, 5);
  });
  const svg = (await save('SVG')).toString();
  expect(svg).toContain('bert-mini');
  const png = await save('PNG');
  const sizes = [/width="(\d+)" height="(\d+)"/.exec(svg)!].flatMap(([, w, h]) => [
    2 * Number(w),
    2 * Number(h),
  ]);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(sizes);
  // Letters are of another font where the page's own is not there.
  expect(await differingPixels(browser, svg, png)).toBeLessThan(0.03);

  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.context().setOffline(true);
  await page.reload();
  await page.getByTestId('map').waitFor();
  await page.getByLabel('Your sentence').fill('We love you');
  await page.locator('.tokens .label', { hasText: 'we' }).waitFor();
  await watched.close();
});

test('files of a model are opened, explored, and said not to be in a link', async () => {
  const watched = await openPage(
    browser,
    `${server.url}#/explore?m=gpt-mini&t=${encodeURIComponent('I love you')}`,
  );
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const paths = installedFiles('bert-mini').map(([, path]) => path);
  await page.getByTestId('files').setInputFiles(paths.filter((path) => !path.endsWith('tokenizer.json')));
  const alert = page.getByRole('alert');
  await alert.getByText('A file is missing.').waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await page.getByTestId('files').setInputFiles(paths);
  await page.getByText('cannot be shared by link').first().waitFor();
  expect(await alert.count()).toBe(0);
  const text = '나는 커피를 마셨다';
  const model = await loadEncoder(folderOf('bert-mini'));
  const { tokens } = await model.trace(text);
  await model.dispose();
  await enterSentence(page, text, tokens.length);
  expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('local-encoder');
  expect(new URL(page.url()).hash).toContain('m=gpt-mini');
  await page.getByTestId('share').click();
  await page.getByRole('dialog').getByText('The files that you opened stay on your computer').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  // Dropped anywhere on the page.
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['GGUF, but no more'], 'mine.gguf'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await alert.getByText('A file is damaged, or is not what its name says.').waitFor();
  await page.getByLabel('Model', { exact: true }).selectOption('gpt-mini');
  await page.getByText('or drop your own model here').waitFor();
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('all heads are saved as a picture with a caption, and as a table', async () => {
  const text = '나는 커피를 마셨다';
  const watched = await openPage(
    browser,
    `${server.url}#/explore?m=bert-mini&x=1.2:2&t=${encodeURIComponent(text)}`,
  );
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const save = async (kind: string): Promise<Buffer> => {
    const group = page.getByRole('group', { name: 'Save all heads' });
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      group.getByRole('button', { name: kind }).click(),
    ]);
    expect(file.suggestedFilename()).toBe(`headwise-heads.${kind.toLowerCase()}`);
    return readFile(await file.path());
  };
  const picture = String(await save('SVG'));
  for (const part of ['bert-mini', `Headwise ${version}`, '커피를', 'href="data:image/png;base64,'])
    expect(picture).toContain(part);
  const [, width] = /width="([\d.]+)"/.exec(picture)!;
  const png = await save('PNG');
  expect(png.readUInt32BE(16)).toBe(Math.floor(2 * Number(width)));
  expect(await differingPixels(browser, picture, png)).toBeLessThan(0.03);
  const lines = String(await save('CSV'))
    .trim()
    .split('\n');
  expect(lines).toHaveLength(1 + 8);
  expect(lines[1 + 6]).toMatch(/^1,2,[a-z]+,2,$/);
  expect(watched.problems).toEqual([]);
  await watched.close();
});
