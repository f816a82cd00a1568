import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import {
  type MultipleNegativesRankingOptions,
  multipleNegativesRanking,
  RecordingBackend,
} from '../../src/train/index.ts';
import { backendNames, difference, fixtureCases, floats, type StoredArray } from '../helpers/fixture.ts';

interface ContrastiveCase extends Required<MultipleNegativesRankingOptions> {
  readonly name: string;
  readonly loss: number;
  /** Anchors and candidates: tokens `[tokens, features]`, the sequences that are mean-pooled, and the gradient of the tokens. */
  readonly sides: readonly {
    readonly tokens: StoredArray;
    readonly offsets: readonly number[];
    readonly gradient: StoredArray;
  }[];
}

describe('multipleNegativesRanking', () => {
  for (const backendName of backendNames) {
    for (const test of fixtureCases<ContrastiveCase>('contrastive')) {
      it(`has PyTorch's loss and gradients through mean pooling over ${backendName}: ${test.name}`, async () => {
        const backend = new RecordingBackend(await createBackend(backendName));
        backend.record((tape) => {
          const tokens = test.sides.map((side) => {
            const { data, shape } = floats(side.tokens);
            const x = backend.tensor(data, shape);
            tape.watch(x);
            return x;
          });
          const [anchors, candidates] = tokens.map((x, i) =>
            backend.meanPool(x, Int32Array.from(test.sides[i]!.offsets)),
          );
          const loss = multipleNegativesRanking(backend, anchors!, candidates!, {
            ...(test.scale !== undefined && { scale: test.scale }),
            ...(test.similarity && { similarity: test.similarity }),
            ...(test.symmetric !== undefined && { symmetric: test.symmetric }),
          });
          expect(Math.abs(backend.read(loss)[0]! - test.loss)).toBeLessThan(2e-5 * Math.max(1, test.loss));
          tape.backward(loss);
          for (const [i, side] of test.sides.entries()) {
            const expected = floats(side.gradient).data;
            expect(difference(tape.gradientOf(tokens[i]!), expected)).toBeLessThan(1e-4);
          }
        });
      });
    }
  }

  it('throws ShapeError for fewer candidates than anchors and for other features, ConfigError for a scale that is not finite', async () => {
    const backend = new RecordingBackend(await createBackend('reference'));
    const rows = (count: number, features: number) =>
      backend.tensor(new Float32Array(count * features), [count, features]);
    backend.record(() => {
      expect(() => multipleNegativesRanking(backend, rows(3, 2), rows(2, 2))).toThrow(
        'multipleNegativesRanking: there must be a candidate for each of 3 anchors, at least one, got 2',
      );
      expect(() => multipleNegativesRanking(backend, rows(2, 2), rows(2, 3))).toThrow(
        'multipleNegativesRanking: anchors have 2 features, candidates have 3',
      );
      expect(() => multipleNegativesRanking(backend, rows(2, 2), rows(2, 2), { scale: Infinity })).toThrow(
        'multipleNegativesRanking: scale must be a finite number, got Infinity',
      );
    });
  });
});
