import { expect, test } from 'vitest';
import { instrument } from '../../verify/fuzz/instrument.ts';

// The command `fuzz` looks for inputs that take new branches, by counters that it puts into the sources.

const SOURCE = `
function run(text) {
  let out = '';
  for (const c of text) {
    if (c === 'a') out += 1;
    else if (c === 'b') { out += 2; }
    switch (c) { case 'c': case 'd': out += 3; break; case 'f': default: }
    out += (c === 'e' && 'E') || ((c === 'n' ? null : c) ?? 'none');
  }
  const object = (v = out.length > 3 ? { n: 1 } : { n: 2 }) => ({ ...v });
  try { if (!text) throw new Error('empty'); } catch { return 'caught'; }
  do out += '.'; while (out.length < 2);
  for (let i = 0; i < 2; i++) if (text.length > 4) if (i) out += '!'; else out += '?';
  return out + object().n;
}`;

const compile = (code: string, hits: Uint8Array) =>
  new Function('__hits', `${code}; return run`)(hits) as (text: string) => string;

test('counters leave the results as they are', () => {
  const { code, counters } = instrument(SOURCE, 0);
  const [plain, counted] = [SOURCE, code].map((one) => compile(one, new Uint8Array(counters)));
  for (const text of ['', 'a', 'b', 'c', 'd', 'e', 'f', 'n', 'abcdefn', 'xyxyx'])
    expect(counted!(text)).toBe(plain!(text));
});

test('every branch has a counter, and inputs that take other branches have other counts', () => {
  const { code, counters, words } = instrument(SOURCE, 100);
  const patterns = ['', 'a', 'b', 'c', 'd', 'e', 'f', 'n', 'x', 'xyxyx'].map((text) => {
    const hits = new Uint8Array(counters);
    compile(code, hits)(text);
    return hits.subarray(100);
  });
  expect(new Set(patterns.map(String)).size).toBe(patterns.length);
  const reached = patterns[0]!.map((_, i) => (patterns.some((hits) => hits[i]! > 0) ? 1 : 0));
  expect(reached).not.toContain(0);
  expect([...words]).toEqual(expect.arrayContaining(['a', 'caught', 'none', 3]));
});
