// Heads are changed and patched in Explore, and the effect is that of core.
import { activationPatching, loadEncoder, loadSeq2SeqLM, scale, silence } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderOf } from './helpers/models.ts';
import { axeViolations, type Browser, openPage, saveScreenshot } from './helpers/page.ts';
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

test('heads are scaled and silenced with the keyboard, and the bars are measured again, relative to that', async () => {
  const text = '나는 커피를 마셨다';
  const hash = `#/explore?m=bert-mini&h=1.2&t=${encodeURIComponent(text)}`;
  const watched = await openPage(browser, `${server.url}${hash}`);
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const explain = page.getByTestId('effects-explain');
  await page.getByTestId('measure').click();
  await page.getByTestId('largest-effects').waitFor();
  expect(await explain.textContent()).toContain('Compared with the unchanged model.');

  const model = await loadEncoder(folderOf('bert-mini'));
  const unit = { normalize: true };
  const hooks = { 'blocks.1.attention.heads.2.context': scale(1.5) };
  const [full, scaled] = [await model.embed(text, unit), await model.embed(text, { ...unit, hooks })];
  await model.dispose();
  const cosine = full.reduce((sum, value, i) => sum + value * scaled[i]!, 0);
  await page.locator('[role=gridcell] .chosen').focus();
  for (const key of [']', ']']) await page.keyboard.press(key);
  expect(await page.getByTestId('factor').textContent()).toBe('× 1.5');
  await page
    .getByTestId('effect')
    .getByText(`cosine ${cosine.toFixed(4)}`)
    .waitFor();
  await explain.getByText('with the changed head as above').waitFor();
  await page.getByTestId('largest-effects').waitFor();
  await page.waitForURL(/x=1\.2:1\.5/);

  await page.keyboard.press('s');
  await page.getByRole('button', { name: 'L1 H2 silenced: restore' }).waitFor();
  await page.getByRole('button', { name: 'Layer’s average' }).click();
  await page.getByRole('button', { name: 'L1 H2 average: restore' }).click();
  await page.getByTestId('effect').waitFor({ state: 'detached' });
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('patching shows what core measures, and a part as a part', async () => {
  const texts = ['나는 커피를 마셨다', '나는 사과를 마셨다'] as const;
  const [a, b] = texts.map(encodeURIComponent);
  const watched = await openPage(browser, `${server.url}#/explore?m=bert-mini&p=patch&t=${a}&t2=${b}`);
  const { page } = watched;
  await page.getByTestId('patch').click();
  const table = page.getByTestId('patch-table');
  await page.getByTestId('patch-largest').getByText('Largest:').waitFor();
  const model = await loadEncoder(folderOf('bert-mini'));
  const scores = await activationPatching(model, texts[1], texts[0], ['blocks.*.residual.after'], {
    perToken: true,
  });
  await model.dispose();
  const expected = scores.map(({ recovered }) => String(Math.round(100 * recovered)).replace('-', '−'));
  expect(await table.locator('tbody td').allTextContents()).toEqual(expected);
  expect(await table.locator('.other').allTextContents()).toEqual(['사과']);
  expect(await axeViolations(page)).toEqual([]);

  // Stopped after the first row.
  await page.getByLabel('Replace').selectOption('layerHeads');
  await page.evaluate(() => {
    new MutationObserver(() => {
      const row = document.querySelector('[data-testid=patch-table] tbody td:not(.missing)');
      const buttons = [...document.querySelectorAll('button')];
      if (row) buttons.find((button) => button.textContent?.trim() === 'Stop')?.click();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await page.getByTestId('patch').click();
  await page.getByRole('button', { name: /^Interrupted after [123] of 4 rows: continue$/ }).waitFor();
  expect(await page.getByTestId('patch-largest').textContent()).toContain('Largest so far');
  await page.getByRole('textbox', { name: 'Second text' }).fill('나는 마셨다');
  await page.getByTestId('patch-obstacle').getByText('the first has 8, the second').waitFor();
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('an encoder–decoder shows what core’s cross-attention is, from target to source', async () => {
  const text = 'July 4, 1987';
  const watched = await openPage(
    browser,
    `${server.url}#/explore?m=dates-transformer&h=1.2&t=${encodeURIComponent(text)}`,
  );
  const { page } = watched;
  const table = page.getByTestId('pair-table');
  await table.waitFor();
  const model = await loadSeq2SeqLM(folderOf('dates-transformer'));
  const { text: output, ids } = await model.generate(text, { maxNewTokens: 96 });
  const { crossAttention, decoderAttention } = await model.trace(text, ids);
  const hooks = { 'decoder.blocks.1.attention.heads.1.context': silence() };
  const { text: silenced } = await model.generate(text, { maxNewTokens: 96, hooks });
  await model.dispose();
  const shown = (values: Float32Array) => [...values].map((v) => (v < 0.005 ? '0' : v.toFixed(2)));
  expect(await page.getByTestId('pair-output').locator('b').textContent()).toBe(output);
  expect(await table.locator('tbody td').allTextContents()).toEqual(shown(crossAttention.map(1, 2)));
  await page.locator('[role=gridcell] .chosen').focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('heading', { name: 'Layer 1 · Head 1' }).waitFor();
  await page.getByText('Target', { exact: true }).click();
  await page.getByText('what is already written').waitFor();
  expect(await table.locator('tbody td').allTextContents()).toEqual(shown(decoderAttention.map(1, 1)));
  await page.waitForURL(/h=1\.1/);
  expect(await axeViolations(page)).toEqual([]);

  // Silenced by a key: the output before beside after.
  await page.locator('[role=gridcell] .chosen').focus();
  await page.keyboard.press('s');
  await page.waitForURL(/y=decoder\.1\.1:0/);
  await page.getByTestId('pair-before').waitFor();
  expect(await page.getByTestId('pair-before').locator('b').textContent()).toBe(output);
  expect(await page.getByTestId('pair-output').locator('b').textContent()).toBe(silenced);
  await page.getByRole('button', { name: 'Target · L1 H1 silenced: restore' }).click();
  await page.getByTestId('pair-before').waitFor({ state: 'detached' });

  await page.getByTestId('measure').click();
  await page.getByTestId('largest-effects').waitFor();
  expect(await page.getByTestId('pair-bar').count()).toBe(8);
  expect(await page.locator('[role=gridcell] .chosen').getAttribute('aria-label')).toMatch(
    /, without it \d+(?:\.\d)? ?% of the probability moves$/,
  );
  expect(await axeViolations(page)).toEqual([]);
  await saveScreenshot(page, 'pair-ranking');
  expect(watched.problems).toEqual([]);
  await watched.close();
});
