import { describe, expect, it } from 'vitest';
import { matches, matchesAny } from './hooks.ts';

describe('a pattern', () => {
  it.each([
    ['output', 'output', true],
    ['output', 'outputs', false],
    ['blocks.3.residual.after', 'blocks.3.residual.after', true],
    ['blocks.3.residual.after', 'blocks.13.residual.after', false],
    ['blocks.*.residual.after', 'blocks.13.residual.after', true],
    ['blocks.*.residual.after', 'blocks.residual.after', false],
    ['blocks.*.residual.after', 'blocks.1.2.residual.after', false],
    ['blocks.*.attention.heads.*.context', 'blocks.0.attention.heads.5.context', true],
    ['blocks.*.attention.heads.*.context', 'blocks.0.attention.heads.5.weights', false],
    ['blocks.*.attention.heads.*.context', 'blocks.0.crossAttention.heads.5.context', false],
    ['*', 'output', true],
    ['*', 'blocks.0', false],
    ['*.*', 'blocks.0', true],
    ['decoder.blocks.*', 'decoder.blocks.1', true],
    ['decoder.blocks.*', 'encoder.blocks.1', false],
    ['blocks.1*.lens', 'blocks.12.lens', false],
    ['', '', true],
  ])('%s and the name %s: %s', (pattern, name, fits) => {
    expect(matches(pattern, name)).toBe(fits);
    expect(matchesAny(['none', pattern], name)).toBe(fits);
  });
});
