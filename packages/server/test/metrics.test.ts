import perfHooks from 'node:perf_hooks';
import { expect, test, vi } from 'vitest';

test('services of a process observe its event loop once', async () => {
  // An observer stays until the process ends, with 370 KB of native memory and a timer of 10 ms.
  const observe = vi.spyOn(perfHooks, 'monitorEventLoopDelay');
  // Other tests of this process have the module already.
  vi.resetModules();
  const { Metrics } = await import('../src/http/metrics.ts');
  const [first, second] = [1, 2].map(() => new Metrics(() => []));
  expect(observe).toHaveBeenCalledTimes(1);
  first!.request('/a', 200, 1);
  const texts = await Promise.all([first!, second!].map((metrics) => metrics.text()));
  for (const text of texts) {
    const names = text.match(/^# TYPE \S+/gm)!;
    expect(names).toContain('# TYPE nodejs_eventloop_lag_max_seconds');
    expect(names).toContain('# TYPE headwise_request_seconds');
    expect(new Set(names).size).toBe(names.length);
  }
  expect(texts.map((text) => text.includes('route="/a"'))).toEqual([true, false]);
});
