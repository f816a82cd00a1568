// Addresses hold what they were made of: for any texts, and for the values of every room.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schema as benchmark } from '../rooms/benchmark/state.ts';
import { schema as explore } from '../rooms/explore/state.ts';
import { schema as generate } from '../rooms/generate/state.ts';
import { schema as learn } from '../rooms/learn/state.ts';
import { schema as listen } from '../rooms/listen/state.ts';
import { schema as search } from '../rooms/search/state.ts';
import { schema as train } from '../rooms/train/state.ts';
import { expand, parseAddress, printAddress, shorten } from './address.ts';
import { printValues, readValues, type Schema } from './url-schema.ts';

const text = fc.string({ unit: 'grapheme' });
const key = fc.stringMatching(/^[a-z0-9]{1,6}$/);

test('any address is read as it was printed', () => {
  const room = fc.stringMatching(/^[a-z-]{1,12}$/);
  fc.assert(
    fc.property(room, text, fc.dictionary(key, text), (id, part, values) => {
      const address = { room: id, part, query: new Map(Object.entries(values)) };
      expect(parseAddress(printAddress(address))).toEqual({ address, broken: [] });
    }),
  );
});

test('no text in an address is lost by compression', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.nat(400), async (part, times) => {
      const address = { room: 'explore', part: '', query: new Map([['t', part.repeat(times)]]) };
      const printed = printAddress(await shorten(address));
      expect(await expand(parseAddress(printed).address)).toEqual({ address, broken: [] });
    }),
    { numRuns: 40 },
  );
});

/** Texts that fields take, and that look like those. */
const VALUES = [
  ...['', '0', '1', '-1', '7', '0.5', '1.25', '1e3', '64', 'NaN', '3.1', '12.34', '4.278,9.31', '9.2.17'],
  ...['5.11:0,3.1:2', '4.0:a', '5.11', '3.1:4', 'cross.1.2:a,encoder.0.1:2', 'both.0.1', 'en', 'ko', 'auto'],
  ...[
    'minilm',
    't5-mini',
    'stories15m',
    'layer',
    'words',
    'b',
    'simd,q8',
    'q8,simd',
    'lstm',
    'gru',
    'I love you',
  ],
];

test.each<[string, Schema]>([
  ['learn', learn],
  ['explore', explore],
  ['generate', generate],
  ['train', train],
  ['search', search],
  ['listen', listen],
  ['benchmark', benchmark],
])('the values of %s come back from its address, whatever was in the one before', (_, schema) => {
  const value = fc.oneof({ arbitrary: fc.constantFrom(...VALUES), weight: 4 }, text);
  const keys = Object.values(schema).map((field) => field.key);
  const query = fc.dictionary(fc.constantFrom(...keys), value);
  fc.assert(
    fc.property(query, (pairs) => {
      const { values } = readValues(schema, new Map(Object.entries(pairs)));
      expect(readValues(schema, printValues(schema, values))).toEqual({ values, invalid: [] });
    }),
  );
});
