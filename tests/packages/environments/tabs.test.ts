import { launchBrowser, serveDirectory } from '@headwise/test-browser';
import { expect, test } from 'vitest';
import { cases, weightsFile } from '../test/lib/reference.ts';
import { createApp } from './lib/environment.ts';
import { serveModels } from './lib/models.ts';

test('two tabs that load a model at once download each file once (Chromium)', async () => {
  const project = await createApp({ app: 'import-map' });
  const models = await serveModels();
  const server = await serveDirectory(project.path);
  const browser = await launchBrowser();
  const context = await browser.newContext();
  const requests: { url: string; downloads: boolean }[] = [];
  context.on('response', (response) => {
    const url = response.url();
    // Each tab asks by itself for files that the server does not have.
    if (url.startsWith(models.url))
      requests.push({ url, downloads: response.ok() && response.request().method() === 'GET' });
  });
  const downloads = () => requests.filter(({ downloads }) => downloads).map(({ url }) => url);
  const input = {
    models: models.url,
    weightsFile,
    texts: cases.slice(0, 2).map(({ text }) => text),
    options: { cache: 'prefer' },
  };
  const embed = async () => {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => typeof window.run === 'function');
    return page.evaluate((given) => window.run('embed', given), input);
  };
  const [first, second] = await Promise.all([embed(), embed()]);
  expect(first).toEqual(second);
  expect(downloads().filter((url) => url.endsWith(weightsFile))).toHaveLength(1);
  expect(downloads().sort()).toEqual([...new Set(downloads())].sort());
  requests.length = 0;
  expect(await embed(), 'in a third tab').toEqual(first);
  expect(requests).toEqual([]);
  await browser.close();
  await server.close();
  await models.close();
  await project.remove();
});
