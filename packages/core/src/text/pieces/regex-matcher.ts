import { BoundedRegex } from './bounded-regex.ts';
import type { Matcher } from './split.ts';

/** Finds a match at or after a position, and returns its end; −1 if there is none. Its start is `index`. */
interface Finder {
  find(text: string, from: number): number;
  end: number;
}

/**
 * A matcher of a regular expression with the flags `g` and `u` or `v` that is known to take time in proportion to the text. An empty match
 * directly after a match does not count. What JavaScript's engine has not enough memory for, such as a word of millions of characters,
 * {@link BoundedRegex} finds.
 */
export function regexMatcher(regex: RegExp): Matcher {
  let bounded: BoundedRegex | undefined;
  const finder: Finder = {
    end: 0,
    find(text, from) {
      let match: RegExpExecArray | null;
      regex.lastIndex = from;
      try {
        match = regex.exec(text);
      } catch {
        // V8 throws RangeError when its stack of 64 MiB is full, other engines their own errors.
        bounded ??= new BoundedRegex(regex.source, regex.flags.replace('g', ''));
        const at = bounded.find(text, from);
        this.end = bounded.end;
        return at;
      }
      if (!match) return -1;
      this.end = match.index + match[0].length;
      return match.index;
    },
  };
  return matcherOf(finder);
}

/** A matcher of any regular expression, which runs with a limit of steps. */
export function boundedMatcher(regex: BoundedRegex): Matcher {
  return matcherOf(regex);
}

function matcherOf(finder: Finder): Matcher {
  return (text) => {
    const matches: number[] = [];
    let last = -1;
    for (let from = 0; from <= text.length; ) {
      const start = finder.find(text, from);
      if (start < 0) break;
      const { end } = finder;
      if (start === end && end === last) {
        from = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
        continue;
      }
      matches.push(start, end);
      last = end;
      from = end;
    }
    return matches;
  };
}
