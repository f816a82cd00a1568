import { isTyped } from '../fuzz/reader.ts';

/** A function under test, with arguments that it takes. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  // biome-ignore lint/suspicious/noExplicitAny: arguments of wrong types are what is tested.
  readonly call: (...args: any[]) => unknown;
}

const CIRCLE: Record<string, unknown> = { x: 1 };
CIRCLE.self = CIRCLE;

/** Values of all types that JavaScript has, and numbers, texts and lists at the ends of what is usual. */
export const WRONG: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e308,
  2 ** 31,
  2 ** 32 + 1,
  2 ** 53,
  10n,
  '',
  'x',
  '__proto__',
  '\ud800',
  Symbol('wrong'),
  () => undefined,
  [],
  [null],
  [false],
  [Number.NaN],
  [-1],
  [[]],
  [Symbol('wrong')],
  {},
  Object.create(null),
  { constructor: 1, length: 2 ** 40 },
  JSON.parse('{"__proto__": {"x": 1}}'),
  new Map(),
  new Set([null]),
  new Date(Number.NaN),
  new Float32Array(0),
  Float32Array.of(Number.NaN),
  Int32Array.of(-1),
  Int32Array.of(2 ** 31 - 1),
  new BigInt64Array(2),
  new Uint8Array(3),
  new ArrayBuffer(5),
  new Error('wrong'),
  /x/,
  CIRCLE,
  Promise.resolve(1),
];

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The places of arguments where another value can be put: each argument, and what is in its arrays and plain objects. */
export function placesOf(args: readonly unknown[]): string[][] {
  const places: string[][] = [];
  const visit = (value: unknown, path: string[]): void => {
    if (path.length > 0) places.push(path);
    if (path.length > 4 || !(Array.isArray(value) || isPlain(value))) return;
    for (const key of Object.keys(value)) visit((value as Record<string, unknown>)[key], [...path, key]);
  };
  visit(args, []);
  return places;
}

/** A copy with another value at a place. */
export function withWrong(value: unknown, [key, ...path]: readonly string[], wrong: unknown): unknown {
  if (key === undefined) return wrong;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = withWrong(copy[key], path, wrong);
  return copy;
}

/** A short text of a value, for messages. */
export function show(value: unknown): string {
  if (typeof value === 'symbol' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : (JSON.stringify(value) ?? String(value));
  const name = (value as object).constructor?.name ?? 'null prototype';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return `${typeof name === 'string' ? name : 'Object'} ${ArrayBuffer.isView(value) ? `[${String(value)}]` : ''}`;
}

const isAborted = (error: unknown) => (error as { name?: unknown } | undefined)?.name === 'AbortError';

/** Calls a function to its end: waits for it, and reads what it streams. Returns what is wrong with how it ended, if anything. */
export async function problemOf({ call }: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    const result = await call(...args);
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
      for await (const _ of result as AsyncIterable<unknown>);
    return undefined;
  } catch (error) {
    return isTyped(error) || isAborted(error) ? undefined : error;
  }
}

/** What is wrong with how a function takes wrong arguments, one wrong value in one place at a time; of the values every `step`th, others at each place. */
export async function problemsOf(
  one: Call,
  step: number,
  isLeft: (place: string, wrong: unknown) => boolean,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [p, place] of placesOf(one.args).entries())
    for (let i = p % step; i < WRONG.length; i += step) {
      const wrong = WRONG[i];
      if (isLeft(`${one.name} ${place.join('.')}`, wrong)) continue;
      const problem = await problemOf(one, withWrong(one.args, place, wrong) as unknown[]);
      if (problem !== undefined) problems.push(`${place.join('.')} = ${show(wrong)}: ${String(problem)}`);
    }
  return problems;
}
