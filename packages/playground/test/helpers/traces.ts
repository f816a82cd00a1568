import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from './page.ts';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's CPU time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly frames?: unknown } };
}

const CATEGORIES = ['toplevel', 'disabled-by-default-toplevel', 'devtools.timeline', '__metadata'];

/** Milliseconds of CPU time of the longest task on the page's main thread while `action` runs: what else the machine does is not in it. */
export async function longestTask(
  browser: Browser,
  page: Page,
  action: () => Promise<void>,
): Promise<number> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await action();
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  const pages = new Set(
    events.filter(({ name }) => name === 'UpdateLayoutTree' || name === 'Commit').map(({ pid }) => pid),
  );
  const main = new Set(
    events
      .filter(
        ({ name, args, pid }) => name === 'thread_name' && args?.name === 'CrRendererMain' && pages.has(pid),
      )
      .map(({ pid, tid }) => `${pid}.${tid}`),
  );
  const tasks = events.filter(({ name, pid, tid }) => /RunTask$/.test(name) && main.has(`${pid}.${tid}`));
  if (tasks.length === 0) throw new Error('the trace has no tasks of the main thread');
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
