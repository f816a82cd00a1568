import type { Pattern } from './profile.ts';
import type { ProfiledHead } from './profiles.ts';
import type { Site } from './pruning.ts';

/** The patterns that are looked for in each attention. */
export const searched: readonly { readonly site: Site; readonly pattern: Pattern }[] = [
  { site: 'encoder', pattern: 'previous' },
  { site: 'encoder', pattern: 'same' },
  { site: 'encoder', pattern: 'next' },
  { site: 'encoder', pattern: 'first' },
  { site: 'encoder', pattern: 'last' },
  { site: 'decoder', pattern: 'same' },
  { site: 'decoder', pattern: 'previous' },
  { site: 'decoder', pattern: 'first' },
  { site: 'cross', pattern: 'aligned' },
  { site: 'cross', pattern: 'last' },
];

/** The head of an attention with the most weight on a pattern. */
export interface Exemplar {
  readonly site: Site;
  readonly pattern: Pattern;
  readonly head: ProfiledHead;
  readonly weight: number;
  /** The weight of a head that attends to all visible keys alike. */
  readonly chance: number;
}

/** For each attention and pattern the head with the most weight on it. */
export function exemplars(profiles: readonly ProfiledHead[]): Exemplar[] {
  return searched.flatMap(({ site, pattern }) => {
    const [best] = profiles
      .filter((profile) => profile.site === site && typeof profile.weights[pattern] === 'number')
      .sort((a, b) => b.weights[pattern]! - a.weights[pattern]!);
    if (!best) return [];
    return [{ site, pattern, head: best, weight: best.weights[pattern]!, chance: best.chance[pattern] ?? 0 }];
  });
}
