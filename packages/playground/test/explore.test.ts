// Walks through Explore with the small models: words, second text, origins of numbers, sharing, files, offline.
import { readFile } from 'node:fs/promises';
import { activationPatching, loadCausalLM, loadEncoder, loadSeq2SeqLM, scale, silence } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../package.json';
import { installedFiles } from '../plugins/model-files.ts';
import type { ModelId } from '../src/engine/registry.ts';
import { axeViolations, type Browser, enterSentence, openPage, saveScreenshot } from './helpers/page.ts';
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

function folderOf(id: ModelId): string {
  const [name, path] = installedFiles(id)[0]!;
  return path.slice(0, -name.length);
}

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
