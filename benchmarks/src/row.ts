/** f32: 32-bit floats; q8: int8 weights and dynamically quantised activations; q4: 4-bit weights in blocks of 32. */
export const dtypes = ['f32', 'q8', 'q4'] as const;
export type Dtype = (typeof dtypes)[number];

export const suites = [
  'ops',
  'attention',
  'encoder',
  'decode',
  'generate',
  'train',
  'workers',
  'tokenize',
  'kernels',
  'calls',
  'speech',
] as const;
export type Suite = (typeof suites)[number];

/** All backends: plain loops, Headwise's, the peers. */
export const backends = [
  'js',
  'reference',
  'wasm-simd',
  'wasm-relaxed-simd',
  'workers',
  'workers-messages',
  'workers-shared',
  'workers-batch',
  'onnxruntime-web',
  'tfjs-wasm',
  'jax-js',
  'candle',
  'litert-js',
  'wllama',
  'onnxruntime-node',
  'tokenizer',
  'hf-tokenizers',
  'previous-kernel',
  'generate',
  'stream',
  'chat',
] as const;
export type BackendName = (typeof backends)[number];

/** Headwise's backends. */
export const ours: readonly BackendName[] = [
  'reference',
  'wasm-simd',
  'wasm-relaxed-simd',
  'workers',
  'workers-messages',
  'workers-shared',
  'workers-batch',
  'tokenizer',
  'previous-kernel',
  'generate',
  'stream',
  'chat',
];

/** The peer of a suite's ratios. */
export function baselineOf(suite: Suite): BackendName {
  if (suite === 'tokenize') return 'hf-tokenizers';
  if (suite === 'calls') return 'wasm-relaxed-simd';
  return suite === 'kernels' ? 'previous-kernel' : 'onnxruntime-web';
}

/** Results of one backend on one case. Times are of one run, or of one of its equal parts, such as a token. */
export interface Row {
  readonly suite: Suite;
  readonly case: string;
  readonly backend: BackendName;
  readonly threads: number;
  readonly dtype: Dtype;
  /** Number of timed runs. */
  readonly runs: number;
  readonly bestMs: number | null;
  readonly medianMs: number | null;
  /** 10⁹ operations per second in the best run, of any type. */
  readonly gflops: number | null;
  /** Largest |output - reference| over all elements. */
  readonly maxError: number | null;
  /** Peak resident memory in a separate process, less that of a tiny case of the same kind. */
  readonly peakBytes: number | null;
  /** Best time of the suite's baseline with the same threads and dtype, over this row's: above 1 is faster. */
  readonly ratio: number | null;
  /** On failure: the error of the output, or the error message. */
  readonly failure?: string;
}

/** The machine of a report. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number | null;
  /** Such as `Node 24.21.0 (linux x64)` or `Chromium 147.0`. */
  readonly runtime: string;
  /** Start of the run, ISO 8601. */
  readonly date: string;
}

export interface Report {
  readonly machine: Machine;
  /** Versions of the peers' packages, of a report as it was measured. */
  readonly peers?: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value.length > 0;
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const among =
  (values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);

const rowFields: Readonly<Record<Exclude<keyof Row, 'failure'>, Check>> = {
  suite: among(suites),
  case: text,
  backend: among(backends),
  threads: (value) => count(value) && (value as number) > 0,
  dtype: among(dtypes),
  runs: count,
  bestMs: optional(number),
  medianMs: optional(number),
  gflops: optional(number),
  maxError: optional(number),
  peakBytes: optional(count),
  ratio: optional(number),
};

const machineFields: Readonly<Record<keyof Machine, Check>> = {
  cpu: text,
  cores: count,
  memoryBytes: optional(count),
  runtime: text,
  date: (value) => text(value) && !Number.isNaN(Date.parse(value as string)),
};

/**
 * Checks that a value read from a file is a report.
 *
 * @throws TypeError naming the first invalid field
 */
export function parseReport(value: unknown): Report {
  const report = value as Report | null;
  if (typeof report !== 'object' || report === null || !Array.isArray(report.rows))
    throw new TypeError('not a benchmark report: it has no rows');
  checkFields('machine', report.machine, machineFields);
  report.rows.forEach((row: Row, i: number) => {
    checkFields(`rows[${i}]`, row, rowFields);
    if (row.failure !== undefined && !text(row.failure))
      throw new TypeError(`rows[${i}].failure is not a text`);
    if ((row.bestMs === null) !== (row.failure !== undefined))
      throw new TypeError(`rows[${i}] must have either a time or a failure`);
  });
  return report;
}

function checkFields(where: string, value: unknown, fields: Readonly<Record<string, Check>>): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${where} is not an object`);
  for (const [name, check] of Object.entries(fields)) {
    const field = (value as Record<string, unknown>)[name];
    if (!check(field)) throw new TypeError(`${where}.${name} is ${JSON.stringify(field)}`);
  }
}

/** Sets every row's ratio to its {@link baselineOf} on the same suite, case, threads and dtype. */
export function withRatios(rows: readonly Row[]): Row[] {
  const key = (row: Row) => [row.suite, row.case, row.threads, row.dtype].join('|');
  const best = new Map(
    rows.filter((row) => row.backend === baselineOf(row.suite)).map((row) => [key(row), row.bestMs]),
  );
  return rows.map((row) => {
    const base = best.get(key(row)) ?? null;
    return { ...row, ratio: base === null || !row.bestMs ? null : base / row.bestMs };
  });
}
