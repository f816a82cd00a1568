import { type CausalLM, loadCausalLM, loadModel } from '@headwise/core';
import { loadCausalLM as loadParallelCausalLM, loadModel as loadParallelModel } from '@headwise/worker';

/** How long the page's own thread could do nothing else, in milliseconds. */
export interface Standstill {
  /** The longest time between two of the page's timers, which are 4 ms apart when nothing holds them up. */
  longestGap: number;
  /** The longest task of 50 ms or more that the browser saw; 0 without any. */
  longestTask: number;
  /** How many embeddings or tokens were computed meanwhile. */
  computed: number;
}

declare global {
  interface Window {
    /** Loads MiniLM into the page's own thread for 0 workers, else into workers. */
    load(weightsFile: string, workers: number): Promise<void>;
    /** Embeds texts in one call, and watches the page's thread while that runs. */
    watch(texts: string[]): Promise<Standstill>;
    /** Loads stories15M into the page's own thread for 0 workers, else into workers. */
    loadWriter(workers: number): Promise<void>;
    /** Reads a prompt of some 170 tokens and writes 30 more, piece by piece, and watches the page's thread while that runs. */
    watchWriting(): Promise<Standstill>;
    /** Watches it for so many milliseconds with nothing to do: what the machine alone makes of it. */
    idle(ms: number): Promise<Standstill>;
  }
}

let model: Awaited<ReturnType<typeof loadModel>>;

window.load = async (weightsFile, workers) => {
  const source = new URL('/weights/', location.href);
  model =
    workers === 0
      ? await loadModel(source, { weightsFile })
      : await loadParallelModel(source, { weightsFile, workers });
  // Loading ends with the first call, in which the engine still compiles.
  await model.embed('warm up');
};

let writer: CausalLM;

window.loadWriter = async (workers) => {
  const source = new URL('/stories/llama2.data', location.href).href;
  writer = await (workers === 0 ? loadCausalLM(source) : loadParallelCausalLM(source, { workers }));
  await writer.generate('warm up', { maxNewTokens: 8 });
};

let turn = 0;

window.watchWriting = () =>
  watched(async () => {
    let tokens = 0;
    // Another prompt each time: of one that was read before, only the end would be computed.
    const prompt = `The ${++turn}th cat sat on the wall. `.repeat(12);
    for await (const piece of writer.stream(prompt, { maxNewTokens: 30, doSample: true, seed: turn }))
      tokens += piece.tokens.length;
    return tokens;
  });

async function watched(task: () => Promise<number>): Promise<Standstill> {
  let longestTask = 0;
  const note = (entries: PerformanceEntryList) => {
    for (const { duration } of entries) longestTask = Math.max(longestTask, duration);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  const stop = sampleGaps();
  // A turn of its own, so that what comes first in the task counts too.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const computed = await task();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const longestGap = stop();
  note(observer.takeRecords());
  observer.disconnect();
  return { longestGap, longestTask, computed };
}

/**
 * Looks at the clock every 4 ms, the shortest time that browsers' timers take. Not in messages without a pause: a thread that never sleeps
 * is one that a busy machine takes off its core. Stopping gives the longest time from one look to the next.
 */
function sampleGaps(): () => number {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 4);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}

window.watch = (texts) => watched(async () => (await model.embed(texts)).length);
window.idle = (ms) => watched(() => new Promise((resolve) => setTimeout(() => resolve(0), ms)));
