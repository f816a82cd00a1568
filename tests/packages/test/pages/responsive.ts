import { type CausalLM, loadCausalLM, loadEncoder } from '@headwise/core';
import { loadCausalLM as loadParallelCausalLM, loadEncoder as loadParallelModel } from '@headwise/worker';

/** How long the page's main thread was blocked, in milliseconds. */
export interface BlockedTime {
  /** Longest time between two ticks of a 4 ms timer. */
  longestGap: number;
  /** Longest task that the Long Tasks API reported (50 ms or more); 0 for none. */
  longestTask: number;
  /** Number of embeddings or tokens computed. */
  computed: number;
}

declare global {
  interface Window {
    /** Loads MiniLM, on the main thread for 0 workers. */
    load(weightsFile: string, workers: number): Promise<void>;
    /** Embeds texts in one call. */
    measureEmbed(texts: string[]): Promise<BlockedTime>;
    /** Loads stories15M, on the main thread for 0 workers. */
    loadGenerator(workers: number): Promise<void>;
    /** Streams 30 tokens after a prompt of about 170 tokens. */
    measureGenerate(): Promise<BlockedTime>;
    /** Measures without work, for `ms` milliseconds: the delays of the machine itself. */
    measureIdle(ms: number): Promise<BlockedTime>;
  }
}

let model: Awaited<ReturnType<typeof loadEncoder>>;

window.load = async (weightsFile, workers) => {
  const source = new URL('/weights/', location.href);
  model =
    workers === 0
      ? await loadEncoder(source, { weightsFile })
      : await loadParallelModel(source, { weightsFile, workers });
  // The first call includes compilation.
  await model.embed('warm up');
};

let generator: CausalLM;

window.loadGenerator = async (workers) => {
  const source = new URL('/stories/llama2.data', location.href).href;
  generator = await (workers === 0 ? loadCausalLM(source) : loadParallelCausalLM(source, { workers }));
  await generator.generate('warm up', { maxNewTokens: 8 });
};

let attempt = 0;

window.measureGenerate = () =>
  measureBlocking(async () => {
    let tokens = 0;
    // A new prompt for each attempt: the key-value cache would skip a known prefix.
    const prompt = `The ${++attempt}th cat sat on the wall. `.repeat(12);
    // minNewTokens: some seeds would end the text earlier.
    const options = { minNewTokens: 30, maxNewTokens: 30, doSample: true, seed: attempt };
    for await (const piece of generator.stream(prompt, options)) tokens += piece.tokens.length;
    return tokens;
  });

async function measureBlocking(task: () => Promise<number>): Promise<BlockedTime> {
  let longestTask = 0;
  const addTasks = (entries: PerformanceEntryList) => {
    for (const { duration } of entries) longestTask = Math.max(longestTask, duration);
  };
  const observer = new PerformanceObserver((list) => addTasks(list.getEntries()));
  observer.observe({ type: 'longtask' });
  const stop = sampleGaps();
  // Starts the task between two timer ticks, so that its synchronous beginning is measured too.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const computed = await task();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const longestGap = stop();
  addTasks(observer.takeRecords());
  observer.disconnect();
  return { longestGap, longestTask, computed };
}

/**
 * Reads the clock every 4 ms, the shortest interval of browser timers. A message loop without pauses would be finer, but a busy
 * machine suspends a thread that never sleeps. Returns a function that stops and returns the longest time between two readings.
 */
function sampleGaps(): () => number {
  let longest = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(tick, 4);
  return () => {
    clearInterval(timer);
    tick();
    return longest;
  };
}

window.measureEmbed = (texts) => measureBlocking(async () => (await model.embed(texts)).length);
window.measureIdle = (ms) =>
  measureBlocking(() => new Promise((resolve) => setTimeout(() => resolve(0), ms)));
