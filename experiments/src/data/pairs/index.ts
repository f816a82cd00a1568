/**
 * Real English texts and their Korean translations: messages of programs, names of emoji and countries, the Declaration of Human Rights.
 *
 * Each pair is cleaned (clean.ts); what is not a translation afterwards is left out, and so is every repetition. Pairs whose English or whose Korean
 * differs only in names, numbers and punctuation are one group, and so are pairs that are connected by others; the side of a group is
 * decided by the hash of the first of its keys. So no test pair has a near-duplicate among those that are trained on. All pairs of a group are
 * trained on, but only the first is validated or tested with, so that these are independent of each other.
 */

import { clean, groupKey, isTranslation, numberPlaceholders } from '../clean.ts';
import { type DataSet, type Pair, type Side, splitBy } from '../split.ts';
import { annotations, localeNames } from './cldr.ts';
import { blockly, clerk, nodeRed, payload } from './interfaces.ts';
import { rights } from './rights.ts';
import { typescriptMessages } from './typescript.ts';
import { vscodeMessages } from './vscode.ts';

type Texts = Iterable<readonly [english: string, korean: string]>;

const domains = {
  typescript: typescriptMessages,
  vscode: vscodeMessages,
  annotations,
  'locale-names': localeNames,
  rights,
  'node-red': nodeRed,
  blockly,
  clerk,
  payload,
} satisfies Record<string, () => Texts | Promise<Texts>>;

/** Where a pair comes from. */
export type Domain = keyof typeof domains;

export const allDomains = Object.keys(domains) as Domain[];

/** An English `source` and its Korean `target`. */
export interface RealPair extends Pair {
  readonly domain: Domain;
  /** The group of near-duplicates that it belongs to. */
  readonly group: string;
}

/**
 * Real pairs of some domains. The groups are made of all domains, so a pair's side does not depend on which are asked for.
 *
 * @param wanted default: all
 */
export async function realPairs(wanted: readonly Domain[] = allDomains): Promise<DataSet<RealPair>> {
  const pairs = (await readPairs()).filter(({ domain }) => wanted.includes(domain));
  const { train, validation, test } = splitBy(pairs, ({ group }) => group);
  return { train, validation: firstOfGroups(validation), test: firstOfGroups(test) };
}

/** All real pairs of a side, with the near-duplicates that `realPairs` leaves out of validation and test. */
export async function nearDuplicates(side: Side): Promise<readonly RealPair[]> {
  return splitBy(await readPairs(), ({ group }) => group)[side];
}

/** Read once: reading takes seconds. */
const readPairs = () => (allPairs ??= cleanPairs().then(grouped));
let allPairs: Promise<RealPair[]> | undefined;

const firstOfGroups = (pairs: readonly RealPair[]) => [
  ...new Map(pairs.toReversed().map((pair) => [pair.group, pair])).values(),
];

async function cleanPairs(): Promise<(Pair & { readonly domain: Domain })[]> {
  const seen = new Set<string>();
  const pairs: (Pair & { readonly domain: Domain })[] = [];
  for (const domain of allDomains)
    for (const [english, korean] of await domains[domain]()) {
      const pair = numberPlaceholders(clean(english), clean(korean));
      if (!pair || !isTranslation(pair)) continue;
      const both = `${pair.source}\n${pair.target}`;
      if (seen.has(both)) continue;
      seen.add(both);
      pairs.push({ ...pair, domain });
    }
  return pairs;
}

/** Skin tones and hair, by which most derived names of emoji differ. */
const withoutLooks = (text: string) =>
  text.replace(
    /[:,]? ?(?:(?:medium-)?(?:light|dark)|medium) skin tone|[:,] (?:curly|red|white) hair|[:,] bald/g,
    '',
  );

/** Pairs with their groups: those that share the key of a source or of a target are connected (union-find). */
export function grouped<P extends Pair>(pairs: readonly P[]): (P & { readonly group: string })[] {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    const parent = parents.get(key) ?? key;
    if (parent === key) return key;
    const root = rootOf(parent);
    parents.set(key, root);
    return root;
  };
  const keyOf = ({ source }: Pair) => groupKey(withoutLooks(source));
  for (const pair of pairs) {
    const [one, other] = [rootOf(keyOf(pair)), rootOf(groupKey(pair.target))];
    // The smaller key is the root, whatever the order of the pairs.
    if (one < other) parents.set(other, one);
    else parents.set(one, other);
  }
  return pairs.map((pair) => ({ ...pair, group: rootOf(keyOf(pair)) }));
}
