import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import { silence } from './edits.ts';
import { HookRunner } from './hook-runner.ts';
import { matches, matchesAny, nameFor } from './hooks.ts';

describe('matches', () => {
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
  ])('compares pattern "%s" with name "%s": %s', (pattern, name, fits) => {
    expect(matches(pattern, name)).toBe(fits);
    expect(matchesAny(['none', pattern], name)).toBe(fits);
  });

  it.each([
    ['blocks.3.residual.pre', 'blocks.3.residual.before', true],
    ['blocks.3.residual.mid', 'blocks.3.residual.middle', true],
    ['blocks.3.residual.post', 'blocks.3.residual.after', true],
    ['blocks.*.residual.post', 'blocks.13.residual.after', true],
    ['decoder.blocks.*.residual.mid', 'decoder.blocks.0.residual.middle', true],
    ['*.blocks.0.residual.pre', 'encoder.blocks.0.residual.before', true],
    ['blocks.*.residual.pre', 'blocks.3.residual.pre', true],
    ['blocks.3.residual.pre', 'blocks.4.residual.before', false],
    ['blocks.3.residual.pre', 'blocks.3.residual.after', false],
    ['blocks.3.residual.post', 'blocks.3.residual.poster', false],
    ['blocks.3.residual.*', 'blocks.3.residual.before', true],
    ['blocks.3.pre', 'blocks.3.before', false],
    ['blocks.3.preresidual.pre', 'blocks.3.preresidual.before', false],
  ])('resolves the alias in "%s" for the name "%s": %s', (pattern, name, fits) => {
    expect(matches(pattern, name)).toBe(fits);
    expect(matchesAny(['none', pattern], name)).toBe(fits);
  });
});

describe('nameFor', () => {
  it.each([
    ['blocks.*.residual.pre', 'blocks.3.residual.before', 'blocks.3.residual.pre'],
    ['decoder.blocks.1.residual.mid', 'decoder.blocks.1.residual.middle', 'decoder.blocks.1.residual.mid'],
    ['blocks.*.residual.post', 'blocks.12.residual.after', 'blocks.12.residual.post'],
    ['blocks.*.residual.after', 'blocks.12.residual.after', 'blocks.12.residual.after'],
    ['blocks.*.residual.*', 'blocks.12.residual.after', 'blocks.12.residual.after'],
    ['output', 'output', 'output'],
  ])('with pattern "%s" names "%s" "%s"', (pattern, name, expected) => {
    expect(nameFor(pattern, name)).toBe(expected);
  });
});

describe('HookRunner', () => {
  const activation = (name: string) => ({ name, shape: [1, 2], data: Float32Array.of(1, 2) });

  it('records an activation under the alias that was asked for, and under its own name if that was too', () => {
    const runner = new HookRunner({}, ['blocks.*.residual.post', 'blocks.1.residual.after']);
    for (const block of [0, 1]) {
      expect(runner.watches(`blocks.${block}.residual.after`)).toBe(true);
      expect(runner.watches(`blocks.${block}.residual.before`)).toBe(false);
      runner.apply(activation(`blocks.${block}.residual.after`));
    }
    const names = ['blocks.0.residual.post', 'blocks.1.residual.post', 'blocks.1.residual.after'];
    expect([...runner.recorded.keys()]).toEqual(names);
    expect([...runner.recorded.values()].map(({ name }) => name)).toEqual(names);
    expect(() => runner.assertAllMatched()).not.toThrow();
  });

  it('applies hooks under an alias, in the order in which they are written', () => {
    const seen: string[] = [];
    const runner = new HookRunner({
      'blocks.0.residual.pre': ({ name, data }) => {
        seen.push(`${name} ${data.join(' ')}`);
        return data.map((value) => value + 1);
      },
      'blocks.0.residual.before': ({ name, data }) => {
        seen.push(`${name} ${data.join(' ')}`);
      },
      'blocks.*.residual.mid': silence(),
    });
    expect(runner.apply(activation('blocks.0.residual.before'))).toEqual(Float32Array.of(2, 3));
    expect(seen).toEqual(['blocks.0.residual.pre 1 2', 'blocks.0.residual.before 2 3']);
    expect(runner.apply(activation('blocks.0.residual.middle'))).toEqual(Float32Array.of(0, 0));
    expect(() => runner.assertAllMatched()).not.toThrow();
  });

  it.each([
    'silence',
    undefined,
    { edit: 'scal', factor: 2 },
    { edit: 'scale', factor: '2' },
    { edit: 'scale', factor: Number.NaN },
    { edit: 'replace', data: [1, 2] },
  ])('throws ConfigError for what is no hook: %j', (hook) => {
    const make = () => new HookRunner({ 'blocks.0.attention.output': hook as never });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow('hooks: blocks.0.attention.output must be a function');
  });

  it('throws ConfigError with the alias when no activation matches it', () => {
    const runner = new HookRunner({ 'blocks.7.residual.pre': silence() });
    runner.apply(activation('blocks.0.residual.before'));
    expect(() => runner.assertAllMatched()).toThrow(
      'hooks: this model has no activation named "blocks.7.residual.pre"',
    );
  });
});
