import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findFirefoxIfAny, launchBrowser, type StaticServer, serveDirectory } from './index.ts';

let directory: string;
let server: StaticServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headwise-browser-'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>시험</title>');
  server = await serveDirectory(directory);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

test('launchBrowser opens a served page without cross-origin isolation', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    expect(await page.title()).toBe('시험');
    expect(await page.evaluate('globalThis.crossOriginIsolated')).toBe(false);
  } finally {
    await browser.close();
  }
});

test('serveDirectory responds with 404 for missing files and for paths outside its directory', async () => {
  expect((await fetch(new URL('missing.txt', server.url))).status).toBe(404);
  expect((await fetch(`${server.url}%2e%2e/%2e%2e/etc/hostname`)).status).toBe(404);
});

test.each(['%ff', '%00', '%', '/'])('serveDirectory answers a request for /%s and goes on', async (path) => {
  const { status } = await fetch(`${server.url}${path}`);
  expect([400, 404]).toContain(status);
  expect((await fetch(server.url)).status).toBe(200);
});

test('a path of Firefox that does not exist is an error', () => {
  vi.stubEnv('FIREFOX_PATH', '/no/such/firefox');
  expect(findFirefoxIfAny).toThrow('/no/such/firefox');
  vi.unstubAllEnvs();
});
