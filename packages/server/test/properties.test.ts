import { ConfigError } from '@headwise/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ChatRequest,
  CompletionsRequest,
  EmbeddingsRequest,
  read,
  TranscriptionRequest,
} from '../src/api/schema.ts';
import { RequestError } from '../src/errors.ts';
import { type ModelToServe, planModels, type ServiceOptions } from '../src/options.ts';

const options = { numRuns: 1000, seed: 1 };

test('any models are planned, or refused with a ConfigError', () => {
  const name = fc.constantFrom(
    'source',
    'id',
    'workers',
    'dtype',
    'chatTemplate',
    'matryoshka',
    'speech',
    'headers',
    'other',
  );
  const value = fc.oneof(
    fc.constantFrom<unknown>('org/name', 'https://example.com/m/', 1, true),
    fc.anything(),
  );
  const model = fc.dictionary(name, value, { maxKeys: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(model, fc.anything()), { maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      (models, workers) => {
        try {
          const plans = planModels(
            'test',
            models as unknown as ModelToServe[],
            { workers } as ServiceOptions,
          );
          expect(new Set(plans.map(({ id }) => id)).size).toBe(models.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      },
    ),
    options,
  );
});

test.each([
  ['embeddings', EmbeddingsRequest],
  ['completions', CompletionsRequest],
  ['chats', ChatRequest],
  ['transcriptions', TranscriptionRequest],
])('any request for %s is read, or refused with status 400, and changes no other object', (_, schema) => {
  const name = fc.constantFrom(...Object.keys(schema.entries), '__proto__', 'constructor', 'other');
  const body = fc
    .array(fc.tuple(name, fc.jsonValue()), { maxLength: 6 })
    .map((entries) =>
      JSON.parse(`{${entries.map(([key, of]) => `${JSON.stringify(key)}:${JSON.stringify(of)}`).join()}}`),
    );
  fc.assert(
    fc.property(body, (value) => {
      try {
        expect(Object.getPrototypeOf(read(schema, value))).toBe(Object.prototype);
      } catch (error) {
        expect(error).toBeInstanceOf(RequestError);
        expect((error as RequestError).status).toBe(400);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    options,
  );
});

test.each(['__proto__', 'constructor'])(
  'a field %s is refused by its name, and left out of logit_bias',
  (name) => {
    const poison = `"${name}": {"polluted": "yes"}`;
    const request = (more: string) => JSON.parse(`{"model": "m", "prompt": "a", ${more}}`);
    expect(() => read(CompletionsRequest, request(poison))).toThrow(RequestError);
    expect(() => read(CompletionsRequest, request(`"stream": true, "stream_options": {${poison}}`))).toThrow(
      RequestError,
    );
    const { logit_bias: bias } = read(CompletionsRequest, request(`"logit_bias": {${poison}, "5": 1}`));
    expect(Object.entries(bias!)).toEqual([['5', 1]]);
    expect({}).not.toHaveProperty('polluted');
  },
);
