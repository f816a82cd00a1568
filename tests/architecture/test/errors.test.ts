import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { readThrown, type Thrown } from './lib/thrown.ts';

/** What the sources throw that is not a HeadwiseError, by file and expression, each with the reason. */
const ALLOWED: readonly (readonly [file: string, expression: RegExp, reason: string])[] = [
  ['cli/src/source.ts', /^new InvalidArgumentError\(/, 'what commander tells its user'],
  ['core/src/async/queue.ts', /^this\.#closed\.error$/, 'what the owner of the queue closed it with'],
  [
    'core/src/lazy/divided-file.ts',
    /^new NoRanges\(\)$/,
    'caught by divideFile, which leaves the file whole',
  ],
  ['core/src/weights/gguf/cursor.ts', /^new MoreBytesNeeded/, 'caught by readGgufHeader, which reads more'],
  [
    'core/src/weights/sources/remote.ts',
    /^withHint\(/,
    'the error that was caught, or a LoadError with a hint',
  ],
  ['core/src/weights/sources/remote.ts', /^transfer\.failure$/, 'the error of the download'],
  [
    'core/src/weights/sources/transfer.ts',
    /^new RestartRequired\(\)$/,
    'caught by download, which starts again',
  ],
  [
    'core/src/weights/sources/request.ts',
    /^new ConnectionLost\(/,
    'caught by who reads, which connects again',
  ],
  [
    'core/src/speech/transcribe/lockstep.ts',
    /^this\.#failure\.error$/,
    'the error of the transcription that failed first',
  ],
  ...['file', 'pages', 'structure'].map(
    (name) =>
      [
        `fleet/src/corpus/parquet/${name}.ts`,
        /^new RangeError\(/,
        'caught with the errors of the library that reads the file',
      ] as const,
  ),
  [
    'fleet/src/corpus/parquet/reader.ts',
    /^errorOf\(message\.error\)$/,
    'the error of the process that reads the file',
  ],
  [
    'fleet/src/queue/redis-queue.ts',
    /^new UnrecoverableError\(/,
    'by which BullMQ tells a job that is not tried again',
  ],
  [
    'kernel-as/src/modules.ts',
    /^notCompiled\(/,
    'a HeadwiseError with what to add, or the error that was caught',
  ],
  ['worker/src/coordinator/remote-worker.ts', /^this\.#error$/, 'a WorkerError or an error of dispose'],
  ['worker/src/coordinator/worker-pool.ts', /^this\.#error$/, 'a WorkerError or an error of dispose'],
  ['worker/src/train/start-training.ts', /^error$/, 'what the worker died of'],
  ['worker/src/wire/outcome.ts', /^deserializeError\(/, 'the error of the other thread'],
];

const thrown = readThrown();
const place = ({ file, line, expression }: Thrown) => `${file}:${line}: throw ${expression}`;
const isAllowed = ({ file, expression }: Thrown, [path, pattern]: (typeof ALLOWED)[number]) =>
  file === path && pattern.test(expression);

describe('what the packages throw', () => {
  test('is a HeadwiseError everywhere, or was thrown elsewhere', () => {
    expect(thrown.length).toBeGreaterThan(800);
    const others = thrown.filter(
      (one) =>
        !one.classes.includes('HeadwiseError') &&
        !one.isRethrown &&
        !ALLOWED.some((allowed) => isAllowed(one, allowed)),
    );
    expect(others.map(place)).toEqual([]);
  });

  test('has no allowed exception that is not needed', () => {
    const unused = ALLOWED.filter((allowed) => !thrown.some((one) => isAllowed(one, allowed)));
    expect(unused.map(([file, expression]) => `${file}: ${expression}`)).toEqual([]);
  });

  test('has a code that docs/errors.md lists', () => {
    const listed = new Set(
      [...readFileSync(inRoot('docs', 'errors.md'), 'utf8').matchAll(/^\| `(ERR_\w+)` \|/gm)].map(
        ([, code]) => code!,
      ),
    );
    const used = new Set(thrownCodes());
    expect([...used].filter((code) => !listed.has(code))).toEqual([]);
    expect([...listed].filter((code) => !used.has(code))).toEqual([]);
  });
});

/** The codes in the sources of all packages, without Node's. */
function thrownCodes(): string[] {
  const files = [...new Set([...thrown.map(({ file }) => file), ...CLASSES])];
  return files.flatMap((file) => {
    const text = readFileSync(inRoot('packages', file), 'utf8');
    return [...text.matchAll(/'(ERR_(?!WORKER_OUT_OF_MEMORY|MODULE_NOT_FOUND)[A-Z_]+)'/g)].map(
      ([, code]) => code!,
    );
  });
}

/** Files with classes of errors that are thrown elsewhere. */
const CLASSES = [
  'core/src/errors.ts',
  'core/src/text/jinja/error.ts',
  'core/src/train/trainer/training-error.ts',
  'fleet/src/errors.ts',
  'kernel-as/src/memory/linear-memory.ts',
  'kernel-as/src/load.ts',
  'playground/src/engine/client.ts',
  'server/src/errors.ts',
  'worker/src/errors.ts',
];
