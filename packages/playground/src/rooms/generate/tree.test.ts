import { expect, test } from 'vitest';
import { readValues } from '../../app/url-schema.ts';
import type { Sampling } from '../../lib/sampling.ts';
import { obstacleOf, suitable } from './advice.ts';
import { schema } from './state.ts';
import { tokenText, visible } from './tokens.ts';
import { forget, treeRows, Written, walk, withBranch } from './tree.ts';

const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 7 };
const never = (): boolean => false;

/** Logits whose largest is that of a token. */
const preferring = (id: number): Float32Array => Float32Array.from({ length: 4 }, (_, i) => +(i === id));

/** A tree in which token 0 is always the most probable. */
function makeTree(...texts: ReadonlyArray<readonly number[]>) {
  const root = new Written(-1);
  root.logits = preferring(0);
  const paths = texts.map((ids) => {
    let node = root;
    return ids.map((id) => {
      node = node.child(id, id === 3);
      if (id !== 3) node.logits = preferring(0);
      return node;
    });
  });
  return { root, paths };
}

test('walk follows the drawn and the chosen tokens as far as they are known', async () => {
  const { root, paths } = makeTree([0, 0, 0, 3], [0, 2, 0]);
  const idsOf = async (count: number, chosen: ReadonlyArray<readonly [number, number]> = []) =>
    (await walk(root, { sampling: GREEDY, chosen: new Map(chosen), count }, never))!.map(({ id }) => id);
  expect(await idsOf(2)).toEqual([0, 0]);
  expect(await idsOf(9)).toEqual([0, 0, 0]);
  expect(await idsOf(9, [[3, 3]])).toEqual([0, 0, 0, 3]);
  expect(await idsOf(9, [[1, 2]])).toEqual([0, 2, 0]);
  paths[1]![1]!.logits = undefined;
  expect(await idsOf(9, [[1, 2]])).toEqual([0, 2]);
});

test('a token has the probability of softmax', () => {
  const { root } = makeTree([]);
  expect(root.probabilityOf(0)).toBeCloseTo(Math.E / (Math.E + 3), 10);
  expect(new Written(0).probabilityOf(0)).toBeNaN();
});

test('branches replace texts that they continue, and form a tree by what they have in common', () => {
  const { paths } = makeTree([0], [0, 0, 0], [0, 0], [0, 2, 0], [1], [0, 2, 1]);
  let branches = withBranch<number>([], { path: [], state: -1 });
  for (const [state, path] of paths.entries()) branches = withBranch(branches, { path, state });
  expect(branches.map(({ state }) => state)).toEqual([1, 3, 4, 5]);
  expect(treeRows(branches)).toEqual([
    { index: 0, level: 0, fork: 0 },
    { index: 1, level: 1, fork: 1 },
    { index: 3, level: 2, fork: 2 },
    { index: 2, level: 0, fork: 0 },
  ]);
});

test('forget lets go of logits outside the text only, and of no more than needed', () => {
  const { root, paths } = makeTree([0, 0, 0], [1, 1], [2]);
  forget(root, paths[0]!, 5);
  expect(paths[0]!.every(({ logits }) => logits)).toBe(true);
  expect(
    paths
      .slice(1)
      .flat()
      .filter(({ logits }) => logits),
  ).toHaveLength(1);
});

test('the address holds branches and heads, and refuses what is neither', () => {
  const query = (text: string) => new Map([...new URLSearchParams(text)]);
  const { values, invalid } = readValues(
    schema,
    query('m=stories15m&T=0.8&k=40&s=7&b=4.278,9.31&h=3.1&n=12'),
  );
  expect(invalid).toEqual([]);
  expect(values).toMatchObject({
    model: 'stories15m',
    branch: [
      [4, 278],
      [9, 31],
    ],
    heads: { layer: 3, head: 1 },
    count: 12,
    prompt: undefined,
  });
  expect(schema.branch.print(values.branch)).toBe('4.278,9.31');
  expect(schema.heads.print(values.heads)).toBe('3.1');
  expect(schema.heads.print({ layer: 2, head: undefined })).toBe('2');
  const broken = readValues(schema, query('m=gpt-4&T=9&k=1.5&b=1.2.3&h=x&n=900&s=-1'));
  expect([...broken.invalid].sort()).toEqual(['T', 'b', 'h', 'k', 'm', 'n', 's']);
});

test('says which model a text is for, and what keeps a model from it', () => {
  expect(suitable('Once')).toBe('both');
  expect(suitable('옛날에')).toBe('gpt-mini');
  expect(suitable('Жил-был')).toBe('none');
  expect(obstacleOf('stories15m', '옛날에', undefined)).toEqual({ kind: 'language' });
  expect(obstacleOf('gpt-mini', '옛날에', undefined)).toBeUndefined();
  expect(obstacleOf('gpt-mini', 'Жил', undefined)).toEqual({ kind: 'language' });
  const token = { id: 0, start: 0, end: 1, probability: undefined };
  const reading = { model: 'gpt-mini', text: 'a', tokens: [token], unknown: [], logits: undefined } as const;
  expect(obstacleOf('gpt-mini', 'a', { ...reading, contextLength: 2 })).toBeUndefined();
  expect(obstacleOf('gpt-mini', 'a', { ...reading, contextLength: 1 })).toMatchObject({ kind: 'length' });
  expect(obstacleOf('gpt-mini', 'b', { ...reading, contextLength: 1 })).toBeUndefined();
  expect(obstacleOf('gpt-mini', 'a', { ...reading, contextLength: 2, unknown: ['a'] })).toEqual({
    kind: 'unknown',
    parts: ['a'],
  });
});

test('tokens are shown by their text', () => {
  expect(['▁girl', '<0x0A>', '<0xE2>', '가', '▁'].map(tokenText)).toEqual([
    ' girl',
    '\n',
    '<0xE2>',
    '가',
    ' ',
  ]);
  expect(visible(' a\n')).toBe('␣a↵');
});
