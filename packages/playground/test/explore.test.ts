// Walks through Explore with the small models: words, a second text, origins of numbers, sharing, phones.
import { loadCausalLM, loadEncoder } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installedFiles } from '../plugins/model-files.ts';
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

test('a weight opens the numbers that it is made of, down to who wrote the stream', async () => {
  const text = '나는 커피를 마셨다';
  const hash = `#/explore?m=bert-mini&h=1.2&t=${encodeURIComponent(text)}`;
  const watched = await openPage(browser, `${server.url}${hash}`, { viewport: { width: 1440, height: 900 } });
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const model = await loadEncoder(folderOf('bert-mini'));
  const names = ['weights', 'scores', 'queries', 'keys'].map((what) => `blocks.1.attention.heads.2.${what}`);
  const { activations, tokens } = await model.record(text, names);
  const [weights, scores, queries, keys] = names.map((name) => activations.get(name)!.data);
  await model.dispose();
  const at = 4 * tokens.length + 2;
  const shown = (value: number): string => value.toFixed(4).replace('-', '−');

  // With the keyboard alone: row 4, column 2, then Enter.
  const map = page.getByTestId('map');
  await map.focus();
  for (const key of [...Array(4).fill('ArrowDown'), ...Array(2).fill('ArrowRight')]) await map.press(key);
  expect(await page.getByTestId('readout').textContent()).toContain(`: ${shown(weights![at]!)}`);
  await map.press('Enter');
  const panel = page.getByTestId('why-panel');
  await panel.waitFor();
  expect(new URL(page.url()).hash).toContain('why=4.2');
  expect(await page.getByTestId('why-softmax').textContent()).toContain(
    `${shown(weights![at]!)} = exp(${shown(scores![at]!)})`,
  );
  expect(await axeViolations(page)).toEqual([]);
  await panel.getByRole('button', { name: /Why is the score/ }).click();
  const [q, k] = [queries!.subarray(64, 80), keys!.subarray(32, 48)];
  const dot = q.reduce((sum, value, i) => sum + value * k[i]!, 0);
  expect(await page.getByTestId('why-score').textContent()).toContain(`${shown(dot)} ÷ √16`);
  await panel.getByRole('button', { name: 'Why is number 5 of the query so?' }).click();
  await page.getByTestId('why-query').waitFor();
  expect(await page.getByTestId('why-query').textContent()).toContain(`is ${shown(q[5]!)}`);
  expect(await axeViolations(page)).toEqual([]);
  await panel.getByRole('button', { name: 'Who wrote x?' }).click();
  await panel.getByText('layer 0, head 3').waitFor();
  await saveScreenshot(page, 'why');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  await page.goBack();
  await panel.waitFor();
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('words, heads by what they look at, a second text and their difference; all of it in the address', async () => {
  const watched = await openPage(browser, `${server.url}#/explore?m=bert-mini`, {
    viewport: { width: 1440, height: 900 },
  });
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  await page.getByLabel('Your sentence').fill('나는 커피를 마셨다');
  await page.getByText('Words', { exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll('.tokens button').length === 5);
  expect(await page.locator('.tokens .label').allTextContents()).toEqual([
    '[CLS]',
    '나는',
    '커피를',
    '마셨다',
    '[SEP]',
  ]);
  expect(await page.getByTestId('script-note').count()).toBe(0);
  // Sums have no origin within the model.
  await page.getByTestId('map').click();
  expect(await page.getByTestId('why').count()).toBe(0);

  const labels = await page
    .locator('[data-label]')
    .evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).dataset.label));
  expect(await page.getByTestId('grid-words').textContent()).toContain('8 heads in this text');
  const filter = page.getByLabel('Heads that');
  for (const option of ['content', 'sink'] as const) {
    const count = labels.filter((label) => label === option).length;
    expect(await filter.locator(`option[value=${option}]`).textContent()).toContain(`(${count})`);
  }
  await filter.selectOption('content');

  await page.getByRole('button', { name: 'Add a second text' }).click();
  await page.getByRole('textbox', { name: 'Second text' }).fill('나는 사과를 마셨다');
  await page.getByText('Difference', { exact: true }).click();
  await page.locator('[data-bar="1"]').waitFor();
  const cells = await page
    .locator('[role=gridcell] button')
    .evaluateAll((buttons) => buttons.map((button) => Number((button as HTMLElement).dataset.bar)));
  expect(cells).toEqual([...cells].sort((a, b) => b - a));
  expect(await page.locator('[data-bar="1"]').getAttribute('aria-label')).toMatch(/% of its weight moved/);
  expect(await axeViolations(page)).toEqual([]);
  await saveScreenshot(page, 'difference');

  await page.waitForTimeout(400); // the address follows after 300 ms
  const { hash } = new URL(page.url());
  for (const part of ['m=bert-mini', 'u=words', 'f=content', 'g=difference', 'o=change', 't2='])
    expect(hash).toContain(part);
  await page.getByTestId('share').click();
  const link = await page.getByLabel('Link').inputValue();
  expect(link).toContain('l=en');
  expect(await page.getByLabel('For a page of your own').inputValue()).toContain('embed=1');
  expect(await axeViolations(page)).toEqual([]);
  await saveScreenshot(page, 'share');
  await page.goto('about:blank');
  await page.goto(link.replace('l=en', 'l=ko').concat('&embed=1'));
  await page.locator('[data-bar="1"]').waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await page.locator('html').getAttribute('lang')).toBe('ko');
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('on a phone a head opens in a sheet below the grid, and closes by button, key and drag', async () => {
  const watched = await openPage(browser, `${server.url}#/explore?m=bert-mini`, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  const sheet = page.getByRole('dialog', { name: 'Layer 1 · Head 2' });
  const cell = page.locator('[data-layer="1"][data-head="2"]');
  expect(await page.getByRole('dialog').count()).toBe(0);

  await cell.tap();
  await sheet.getByRole('heading', { name: 'Layer 1 · Head 2' }).waitFor();
  const [top, tapped] = [(await sheet.boundingBox())!.y, (await cell.boundingBox())!];
  expect(tapped.y).toBeGreaterThanOrEqual(0);
  expect(tapped.y + tapped.height).toBeLessThanOrEqual(top);
  await saveScreenshot(page, 'sheet');
  await sheet.getByRole('button', { name: 'Close' }).tap();
  await sheet.waitFor({ state: 'detached' });
  // It stands in its place again.
  expect(await page.getByTestId('map').count()).toBe(1);

  // With the keyboard the focus stays in the grid, and is given back from the sheet.
  await cell.press('Enter');
  await sheet.waitFor();
  expect(await cell.evaluate((element) => element === document.activeElement)).toBe(true);
  await sheet.getByRole('slider').focus();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  expect(await cell.evaluate((element) => element === document.activeElement)).toBe(true);

  // A weight's numbers take the place of the sheet until they are closed.
  await cell.tap();
  await sheet.getByTestId('map').press('Enter');
  const why = page.getByRole('dialog', { name: 'Where this number comes from' });
  await why.waitFor();
  expect(await page.getByRole('dialog').count()).toBe(1);
  await page.keyboard.press('Escape');
  await why.waitFor({ state: 'detached' });
  await sheet.waitFor();

  const drag = async (pixels: number): Promise<void> => {
    const { x, y, width } = (await sheet.boundingBox())!;
    await page.mouse.move(x + width / 2, y + 12);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + 12 + pixels, { steps: 4 });
    await page.mouse.up();
  };
  await drag(40);
  await page.waitForTimeout(100);
  expect((await sheet.boundingBox())!.y).toBe(top);
  await drag(160);
  await sheet.waitFor({ state: 'detached' });
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('a decoder: the logit lens, the effect on the next token, Back to the model before, and an address with faults', async () => {
  const watched = await openPage(browser, `${server.url}#/explore?m=bert-mini&t=I%20love&h=9.9.9&v=none`, {
    viewport: { width: 390, height: 800 },
  });
  const { page } = watched;
  await page.getByTestId('map').waitFor();
  expect(await page.getByRole('status').first().textContent()).toContain('(h, v)');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByLabel('Model').selectOption('gpt-mini');
  const lens = page.getByTestId('lens');
  await lens.waitFor();
  const model = await loadCausalLM(folderOf('gpt-mini'));
  const { layers } = await model.logitLens('I love', { topK: 1 });
  await model.dispose();
  const best = layers.at(-1)!.at(-1)![0]!;
  const output = lens.locator('tbody tr').first().locator('td').last();
  expect(await output.textContent()).toBe(best.text === ' ' ? '␣' : best.text);
  expect(await output.getAttribute('title')).toContain('%');
  await page.locator('[data-layer="1"][data-head="2"]').click({ modifiers: ['Shift'] });
  const effect = page.getByTestId('effect');
  await effect.waitFor();
  expect(await effect.textContent()).toMatch(/% of the probability of the next token moved/);
  await page.getByTestId('measure').click();
  await page.getByTestId('largest-effects').waitFor();
  expect(await page.locator('[data-bar]').count()).toBe(16);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await axeViolations(page)).toEqual([]);
  await saveScreenshot(page, 'decoder');
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll('[role=gridcell]').length === 8);
  expect(await page.getByLabel('Model').inputValue()).toBe('bert-mini');
  expect(watched.problems).toEqual([]);
  await watched.close();
});

test('a map of many tokens is looked at closer, with the weights of core', async () => {
  const text = Array.from({ length: 24 }, (_, i) => ['love', 'you', 'me'][i % 3]).join(' ');
  const hash = `#/explore?m=gpt-mini&h=1.2&t=${encodeURIComponent(text)}`;
  const watched = await openPage(browser, `${server.url}${hash}`);
  const { page } = watched;
  const map = page.getByTestId('map');
  await map.waitFor();
  const [name, path] = installedFiles('gpt-mini')[0]!;
  const model = await loadCausalLM(path.slice(0, -name.length));
  const { attention, tokens } = await model.trace(text);
  await model.dispose();
  const size = tokens.length;
  expect(size).toBeGreaterThan(64);
  const zoom = page.getByTestId('zoom');
  expect(await zoom.textContent()).toContain(`${size} × ${size} cells`);
  // What is shown under the pointer moves nothing: not the map itself, nor what is below.
  await map.scrollIntoViewIfNeeded();
  const places = async () => {
    const { x, y, width, height } = (await map.boundingBox())!;
    return { x, y, width, height, page: await page.evaluate(() => document.documentElement.scrollHeight) };
  };
  const before = await places();
  for (const [row, column] of [
    [3, 7],
    [size - 1, 2],
    [40, size - 2],
  ] as const) {
    const side = before.width / size;
    await page.mouse.move(before.x + (column + 0.5) * side, before.y + (row + 0.5) * side);
    await page
      .getByTestId('readout')
      .getByText(`: ${attention.map(1, 2)[row * size + column]!.toFixed(4)}`)
      .waitFor();
    expect(await places()).toEqual(before);
  }
  await page.getByRole('button', { name: 'Closer' }).click();
  await page.getByRole('button', { name: 'Closer' }).click();
  const span = Math.round(Math.round(size / 2) / 2);
  expect(await zoom.textContent()).toBe(`${span} × ${span} of ${size} × ${size} cells`);
  // The corner of the small map: the window moves there.
  const small = (await page.getByTestId('minimap').boundingBox())!;
  await page.getByTestId('minimap').scrollIntoViewIfNeeded();
  await page.getByTestId('minimap').click({ position: { x: 2, y: small.height - 2 } });
  const cell = (await map.boundingBox())!.width / span;
  await map.click({ position: { x: 3.5 * cell, y: 3.5 * cell } });
  const weight = attention.map(1, 2)[(size - span + 3) * size + 3]!;
  await page
    .getByTestId('readout')
    .getByText(`: ${weight.toFixed(4)}`)
    .waitFor();
  // With the map in focus the wheel zooms; the keyboard too, and its cell stays in view.
  const closer = await zoom.textContent();
  await page.mouse.wheel(0, 600);
  await page.waitForFunction(
    (old) => document.querySelector('[data-testid=zoom]')?.textContent !== old,
    closer,
  );
  await map.press('Control+End');
  const last = attention.map(1, 2).at(-1)!;
  await page
    .getByTestId('readout')
    .getByText(`: ${last.toFixed(4)}`)
    .waitFor();
  await map.press('+');
  expect(await page.locator('.map .cell').count()).toBe(1);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Whole map' }).click();
  expect(await zoom.textContent()).toContain('shows their mean');
  expect(watched.problems).toEqual([]);
  await watched.close();
});
