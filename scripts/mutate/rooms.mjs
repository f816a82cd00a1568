// What is mutated, and which tests are asked about it.

/** Mutants of each room, chosen by a seeded hash of their names: a change elsewhere does not change the choice. */
export const PER_ROOM = 42;
/** Test files that run in a process of their own for one mutant, at most. */
export const MOST_FRESH_RUNS = 6;
export const SEED = 'headwise-1';

/**
 * Rooms by name. `tests` are globs in the package whose tests run; `build` tells how a mutant gets into what they run: sources are loaded
 * as they are, `dist` is transpiled, `wasm` is compiled.
 */
export const ROOMS = {
  backend: core('backend'),
  nn: core('nn'),
  models: core('models'),
  generate: core('generate'),
  text: core('text'),
  weights: core('weights'),
  worker: { folder: 'packages/worker/src', package: 'packages/worker', build: 'dist' },
  kernel: { folder: 'packages/kernel-as/assembly', package: 'packages/kernel-as', build: 'wasm' },
};

function core(room) {
  return { folder: `packages/core/src/${room}`, package: 'packages/core', build: 'source' };
}

/** Files without behaviour of their own: lists of exports, types, probes of tests. */
export const NOT_MUTATED = /(\.test\.ts|\/index\.ts|\/types\.ts|\/testing\/.*)$/;

/** Tests that are not run: they need a browser or minutes, or are about training, metrics and inspection, which are no rooms here. */
export const NOT_RUN = {
  'packages/core':
    /^(test\/(train|metrics|inspect|backend\/determinism)|test\/(models|load)\/(memory|stories15m|minilm|architectures|g2p|load-g2p)|test\/weights\/stories-formats)/,
  'packages/worker': /^test\/(browser|memory|stories)/,
};

/**
 * Tests of the kernels by path: first those of the kernel's own package, then the comparison of all operations with the reference, of the
 * cases whose names hold `only`, or another file of core. The committed digests come last: they notice every changed bit, but tell nothing about it.
 */
export function kernelTests(file) {
  const path = file.slice('packages/kernel-as/assembly/'.length);
  if (path.startsWith('training/')) {
    const names = TRAINING_TESTS.filter(([pattern]) => pattern.test(path)).flatMap(([, tests]) => tests);
    return [...own(...names.map((name) => `training/${name}`)), ...own(DIGESTS)];
  }
  const rule = KERNEL_TESTS.find(([pattern]) => pattern.test(path));
  if (!rule) throw new Error(`scripts/mutate/rooms.mjs names no tests of ${file}`);
  const [, guards, only] = rule;
  return [...own(...guards), ...only.flatMap(conformance), ...own(DIGESTS)];
}

const DIGESTS = 'determinism/determinism';

const own = (...names) =>
  names.map((name) => ({ package: 'packages/kernel-as', file: `test/${name}.test.ts`, env: {} }));

/** Test files of core that stand in the lists below beside names of cases. */
const FILES = ['quantized', 'extremes'];

function conformance(only) {
  const isFile = FILES.includes(only);
  const file = `test/backend/${isFile ? only : 'conformance'}.test.ts`;
  return [{ package: 'packages/core', file, env: isFile ? {} : { HEADWISE_CASE: only } }];
}

const KERNEL_TESTS = [
  [/^attention\//, ['guard/attention'], ['extremes', 'ttention']],
  [/^matmul\//, ['guard/matmul'], ['linear', 'ttention']],
  [/^quantized\/table/, ['guard/rows', 'guard/quantized'], ['quantized', 'gather', 'mbed']],
  [/^quantized\//, ['guard/quantized'], ['quantized', 'inear']],
  [/^activation/, ['accuracy', 'guard/rows', 'guard/pairs'], ['activat', 'gate', 'inear']],
  [/^math/, ['accuracy', 'guard/rows'], ['activat', 'softmax', 'ttention']],
  [/^(softmax|simd)/, ['accuracy', 'guard/rows', 'guard/attention'], ['softmax', 'ttention', 'orm']],
  [/^norm/, ['guard/rows'], ['orm']],
  [/^(gather|elementwise)/, ['guard/rows'], ['']],
  [/^recurrent/, ['guard/pairs'], ['ates', 'ecurrent', 'lstm', 'gru']],
  [/^rotary/, ['guard/pairs'], ['otary']],
  [/^select/, [], ['topK', 'argmax', 'valuesAtLeast']],
  [/^memory-map/, [], ['']],
];

const TRAINING_TESTS = [
  [/attention\//, ['attention-gradient']],
  [/activation/, ['elementwise']],
  [/cross-entropy/, ['cross-entropy']],
  [/dropout|elementwise|lanes/, ['elementwise']],
  [/linear/, ['linear']],
  [/norm/, ['norm']],
  [/optimizer/, ['optimizer']],
  [/recurrent/, ['recurrent-gradient']],
  [/reduce|lanes/, ['linear', 'norm']],
  [/rotary|rows/, ['rows-gradient']],
  [/^training\/rows/, ['rows-gradient']],
];
