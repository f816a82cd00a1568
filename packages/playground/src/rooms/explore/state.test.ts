import { expect, test } from 'vitest';
import { printValues, readValues } from '../../app/url-schema.ts';
import { schema } from './state.ts';

const editsIn = (text: string) => readValues(schema, new Map([['x', text]]));

test('edits of heads are in the address, and come back from it', () => {
  const edits = [
    { layer: 0, head: 2, edit: 'average' },
    { layer: 3, head: 1, edit: 2.25 },
    { layer: 5, head: 11, edit: 0 },
  ] as const;
  const query = printValues(schema, { ...readValues(schema, new Map()).values, edits });
  expect(query.get('x')).toBe('0.2:a,3.1:2.25,5.11:0');
  expect(editsIn(query.get('x')!).values.edits).toEqual(edits);
});

test('a head without a factor is silenced, as in addresses of before', () => {
  expect(editsIn('5.11,3.1').values.edits).toEqual([
    { layer: 5, head: 11, edit: 0 },
    { layer: 3, head: 1, edit: 0 },
  ]);
});

test.each(['3.1:4', '3.1:-1', '3.1:b', '3:1', '3.1:0.125', 'x'])('%s is no edit', (text) => {
  expect(editsIn(text)).toMatchObject({ invalid: ['x'], values: { edits: [] } });
});

test('edits of an encoder–decoder name the kind of attention', () => {
  const sideEdits = [
    { side: 'encoder', layer: 0, head: 1, edit: 0 },
    { side: 'cross', layer: 1, head: 2, edit: 'average' },
  ] as const;
  const { values, invalid } = readValues(schema, new Map([['y', 'encoder.0.1,cross.1.2:a']]));
  expect([values.sideEdits, invalid]).toEqual([sideEdits, []]);
  expect(printValues(schema, values).get('y')).toBe('encoder.0.1:0,cross.1.2:a');
  expect(readValues(schema, new Map([['y', 'both.0.1']])).invalid).toEqual(['y']);
});
