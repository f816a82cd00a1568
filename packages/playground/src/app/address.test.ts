import { expect, test } from 'vitest';
import { type Address, expand, isShortened, parseAddress, printAddress, shorten } from './address.ts';
import { choiceField, flagField, numberField, printValues, readValues, textField } from './url-schema.ts';

const address = (query: Record<string, string> = {}, room = 'explore', part = ''): Address => ({
  room,
  part,
  query: new Map(Object.entries(query)),
});

test.each([
  [address({}, ''), '#/'],
  [address({}, 'learn', 'one-vector'), '#/learn/one-vector'],
  [address({ h: '3.1', x: '5.11,3.1' }), '#/explore?h=3.1&x=5.11,3.1'],
  [address({ t: 'A=B & C?' }), '#/explore?t=A%3DB%20%26%20C?'.replace('C?', 'C%3F')],
])('an address is printed, and read again: %#', (value, hash) => {
  expect(printAddress(value)).toBe(hash);
  expect(parseAddress(hash)).toEqual({ address: value, broken: [] });
});

test('parseAddress names what is not encoded as it should be', () => {
  expect(parseAddress('#/explore?t=%E0%A4&h=3.1')).toEqual({ address: address({ h: '3.1' }), broken: ['t'] });
  expect(parseAddress('')).toEqual({ address: address({}, ''), broken: [] });
});

test('long texts are compressed, and restored', async () => {
  const text = '나는 커피를 마셨다. '.repeat(300);
  const long = address({ t: text, h: '3.1', z: 'z:itself' });
  const short = await shorten(long);
  expect(printAddress(short).length).toBeLessThan(300);
  expect(isShortened(short)).toBe(true);
  const again = parseAddress(printAddress(short)).address;
  expect(await expand(again)).toEqual({ address: long, broken: [] });
  expect(isShortened(address({ t: 'text' }))).toBe(false);
});

test('what cannot be restored is named', async () => {
  expect(await expand(address({ t: 'z:****', h: '1.1' }))).toEqual({
    address: address({ h: '1.1' }),
    broken: ['t'],
  });
  const bomb = await shorten(address({ t: ' '.repeat(2_000_000) }));
  expect((await expand(bomb)).broken).toEqual(['t']);
});

const schema = {
  text: textField('t', 'Hello'),
  map: choiceField('v', ['map', 'lines'], 'map'),
  heat: numberField('T', 1, { min: 0, max: 2 }),
  seed: numberField('s', 0, { min: 0, max: 99, integer: true }),
  hide: flagField('hide'),
};

test('values that are the default are left out of the address', () => {
  const values = { text: 'Hello', map: 'lines', heat: 0.8, seed: 7, hide: false } as const;
  const query = printValues(schema, values);
  expect([...query]).toEqual([
    ['v', 'lines'],
    ['T', '0.8'],
    ['s', '7'],
  ]);
  expect(readValues(schema, query)).toEqual({ values, invalid: [] });
});

test('values that do not parse become the default, and are named', () => {
  const query = new Map(Object.entries({ v: 'none', T: '3', s: '1.5', hide: 'yes', t: '' }));
  expect(readValues(schema, query)).toEqual({
    values: { text: '', map: 'map', heat: 1, seed: 0, hide: false },
    invalid: ['v', 'T', 's', 'hide'],
  });
});
