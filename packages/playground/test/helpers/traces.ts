import type { Browser, Page } from './page.ts';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's CPU time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const CATEGORIES = ['toplevel', 'disabled-by-default-toplevel', 'devtools.timeline', '__metadata'];

/**
 * Milliseconds of CPU time of the longest task on the page's main thread while `action` runs. Not of time that passes: what else the machine does is not
 * in it.
 */
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
  const thread = ({ pid, tid }: TraceEvent): string => `${pid}.${tid}`;
  const pages = new Set(events.filter(({ name }) => name === 'UpdateLayoutTree').map(({ pid }) => pid));
  const main = new Set(
    events
      .filter(
        ({ name, args, pid }) => args?.name === 'CrRendererMain' && name === 'thread_name' && pages.has(pid),
      )
      .map(thread),
  );
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && main.has(thread(event)));
  if (tasks.length === 0) throw new Error('the trace has no task of the main thread');
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

/** The least of several measurements that is within the budget, else the least of all. */
export async function best(budget: number, times: number, measure: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < times && least > budget; i += 1) least = Math.min(least, await measure());
  return least;
}
