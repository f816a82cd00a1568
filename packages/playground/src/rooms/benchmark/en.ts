import type { BenchmarkMessages } from './messages.ts';

export const en: BenchmarkMessages = {
  tagline:
    'How fast is it on your machine? The result of every engine is checked first, and then they take turns. 8 and 4 bits round the weights.',
  work: {
    label: 'Work',
    names: { product: 'Product', attention: 'Attention', encoder: 'MiniLM' },
    explain: {
      product:
        'A product of matrices, a projection of BERT-base: 126 rows of 768 numbers, times 768 × 768 weights.',
      attention: 'Attention of 12 heads of 64 numbers among 128 tokens.',
      encoder: 'all-MiniLM-L6-v2 on a text of 128 tokens, from text to vector. Others get the token ids.',
    },
    fetches: (size) =>
      `The model is fetched if the browser does not have it: ${size}. Each engine makes its own copy of the weights in memory.`,
  },
  contenders: {
    heading: 'Who takes part',
    names: {
      relaxed: 'Headwise, relaxed SIMD',
      simd: 'Headwise, SIMD',
      workers: 'Headwise, 2 workers',
      q8: 'Headwise, 8 bits',
      q4: 'Headwise, 4 bits',
      ort: 'onnxruntime-web',
      'ort-q8': 'onnxruntime-web, 8 bits',
      tfjs: 'TensorFlow.js',
    },
    explain: {
      relaxed: '32-bit floats, one thread; multiplies and adds in one step',
      simd: '32-bit floats, one thread; the same bits in every browser',
      workers: '32-bit floats; heads are shared out among two workers',
      q8: 'weights in 8 bits, one thread',
      q4: 'weights in 4 bits, one thread',
      ort: '32-bit floats, WebAssembly, one thread',
      'ort-q8': 'weights in 8 bits, WebAssembly, one thread',
      tfjs: '32-bit floats, WebAssembly, one thread',
    },
    obstacles: { work: 'does not do this work', missing: 'not in this page' },
    peer: (version, size) => `; version ${version}, ${size} are fetched when it is measured`,
    missing: 'The engines of others are not part of this page. Whoever serves it adds them with the command',
    command: 'npm run playground -- --peers',
  },
  run: {
    length: 'Time for each',
    lengths: { quick: '0.4 s', thorough: '2 s' },
    start: 'Measure',
    stop: 'Stop',
    none: 'Choose at least one that can take part.',
    reference: 'Computing what the output has to be, in double precision …',
    check: (name) => `${name}: starting, and comparing its output …`,
    time: 'Taking turns …',
    failed: 'The measurement failed.',
    brokenOff: {
      hidden: 'Broken off: the tab was hidden, and browsers slow hidden tabs down.',
      battery: 'Broken off: the machine went on or off its battery, which changes its speed.',
      pace: 'Broken off: the speed of the machine changed.',
    },
  },
  guess: {
    label: 'Your guess: the fastest is',
    none: 'no guess',
    right: (name) => `Your guess was right: ${name}.`,
    wrong: (guess, fastest) => `You guessed ${guess}; the fastest is ${fastest}.`,
  },
  result: {
    heading: 'Times',
    waiting: 'Press Measure. Leave this tab in front until it is done.',
    fastest: (name, ms) => `The fastest is ${name} with ${ms}.`,
    fastestExact: (name, ms) => `Of those in 32-bit floats it is ${name} with ${ms}.`,
    void: (change) =>
      `This run says nothing: while it ran, the machine’s speed changed by a factor of ${change}. Close what else is running, and measure again.`,
    busy: (times) =>
      `Something else keeps this machine busy: half of all runs took at least ${times} times as long as the best. Close it, and measure again.`,
    table: 'Table of times',
    contender: 'engine',
    best: 'best ms',
    median: 'median ms',
    rate: 'GFLOP per s',
    error: 'largest error',
    ratio: 'onnxruntime-web’s time ÷ this',
    bars: 'Best times as bars, shorter is faster',
    marks: 'Bars are best times, shorter is faster. The line across is the median.',
    failure: (message) => `not timed: ${message}`,
    machine: (cores, runtime) => `${cores} ${cores === 1 ? 'core' : 'cores'}, ${runtime}`,
    onBattery: 'The machine runs on its battery, which may slow it down.',
    copyMarkdown: 'Copy as Markdown',
    copyJson: 'Copy as JSON',
    copied: 'Copied.',
    notCopied: 'The browser does not allow copying.',
  },
  about: {
    heading: 'What these times say, and what not',
    points: [
      'An output is compared with that of a readable implementation in double precision before anything is timed. An engine whose output is wrong gets no time.',
      'The best of many runs is the least disturbed one, and is what engines are compared by. The median shows how much they were disturbed.',
      'A page that is not cross-origin isolated gets clocks of about 0.1 ms, so short runs are timed in batches of 10 ms.',
      '8 and 4 bits are other weights than 32-bit floats: their error is larger, and a smaller time is not the same work done faster.',
      'These are times of one machine, one browser and one moment. The repository’s benchmarks measure more works and engines, in the same way.',
    ],
  },
};
