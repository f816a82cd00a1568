import { draw, logSumExp, type Sampling } from '../../lib/sampling.ts';

/** A token after a prompt, or the end of the prompt itself. Tokens that followed it in some text are its children. */
export class Written {
  readonly id: number;
  readonly parent: Written | undefined;
  /** Number of tokens after the prompt, this one included. */
  readonly depth: number;
  readonly children = new Map<number, Written>();
  /** Whether it ends the text. */
  readonly isEnd: boolean;
  #logits: Float32Array | undefined;
  #total: number | undefined;
  #drawn: { readonly sampling: Sampling; readonly id: number } | undefined;

  constructor(id: number, parent?: Written, isEnd = false) {
    this.id = id;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.isEnd = isEnd;
  }

  /** Logits of the next token; undefined if they are not known: after the end, and where memory was given back. */
  get logits(): Float32Array | undefined {
    return this.#logits;
  }

  set logits(logits: Float32Array | undefined) {
    this.#logits = logits;
    this.#drawn = undefined;
  }

  /** The probability of a next token under the model. */
  probabilityOf(id: number): number {
    if (!this.#logits) return Number.NaN;
    this.#total ??= logSumExp(this.#logits);
    return Math.exp(this.#logits[id]! - this.#total);
  }

  /** The next token by the settings; undefined if the logits are not known. */
  drawn(sampling: Sampling): number | undefined {
    if (!this.#logits) return undefined;
    if (!this.#drawn || !isSame(this.#drawn.sampling, sampling))
      this.#drawn = { sampling, id: draw(this.#logits, sampling, this.depth) };
    return this.#drawn.id;
  }

  /** The child with this token, new if there is none. */
  child(id: number, isEnd: boolean): Written {
    const known = this.children.get(id);
    if (known) return known;
    const child = new Written(id, this, isEnd);
    this.children.set(id, child);
    return child;
  }
}

function isSame(a: Sampling, b: Sampling): boolean {
  return (
    a.temperature === b.temperature &&
    a.topK === b.topK &&
    a.topP === b.topP &&
    a.minP === b.minP &&
    a.seed === b.seed
  );
}

/** What a text depends on besides its prompt. */
export interface Course {
  readonly sampling: Sampling;
  readonly chosen: ReadonlyMap<number, number>;
  /** Most tokens. */
  readonly count: number;
}

/** Longest time that a walk takes before the page may draw. */
const SLICE = 6;

/**
 * The tokens of a course as far as they are known, without a forward pass: each is drawn from the logits before it. Undefined if `isOld` says that
 * nobody waits for the result any more.
 */
export async function walk(
  root: Written,
  { sampling, chosen, count }: Course,
  isOld: () => boolean,
): Promise<readonly Written[] | undefined> {
  const path: Written[] = [];
  let node = root;
  let started = performance.now();
  while (path.length < count && !node.isEnd) {
    const id = chosen.get(node.depth) ?? node.drawn(sampling);
    const child = id === undefined ? undefined : node.children.get(id);
    if (!child) break;
    path.push(child);
    node = child;
    if (performance.now() - started < SLICE) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (isOld()) return undefined;
    started = performance.now();
  }
  return path;
}

/** The length of the beginning that two texts have in common. */
export function commonLength(a: readonly Written[], b: readonly Written[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** A text in the tree. */
export interface Branch<State> {
  readonly path: readonly Written[];
  /** What shows it again. */
  readonly state: State;
}

/** The branches with a text: texts that it continues are replaced; one that continues it stays and no other is added. */
export function withBranch<State>(
  branches: ReadonlyArray<Branch<State>>,
  added: Branch<State>,
): ReadonlyArray<Branch<State>> {
  const begins = (a: readonly Written[], b: readonly Written[]): boolean => commonLength(a, b) === a.length;
  if (added.path.length === 0 || branches.some(({ path }) => begins(added.path, path))) return branches;
  return [...branches.filter(({ path }) => !begins(path, added.path)), added];
}

/** A branch in the order of the tree. */
export interface TreeRow {
  /** Its index in the list of branches. */
  readonly index: number;
  /** How deep it is nested: 0 for the first text and for those that have nothing in common with it. */
  readonly level: number;
  /** Number of tokens that it shares with the text that it forks from. */
  readonly fork: number;
}

/** Branches as a tree: each below that of the earlier ones with which it has most tokens in common. */
export function treeRows(branches: ReadonlyArray<Branch<unknown>>): readonly TreeRow[] {
  const below = new Map<number | undefined, TreeRow[]>();
  const levels: number[] = [];
  for (const [index, { path }] of branches.entries()) {
    let parent: number | undefined;
    let fork = 0;
    for (const [earlier, other] of branches.slice(0, index).entries()) {
      const common = commonLength(path, other.path);
      if (common > fork) [parent, fork] = [earlier, common];
    }
    const level = parent === undefined ? 0 : levels[parent]! + 1;
    levels.push(level);
    below.set(parent, [...(below.get(parent) ?? []), { index, level, fork }]);
  }
  const inOrder = (parent: number | undefined): TreeRow[] =>
    (below.get(parent) ?? []).flatMap((row) => [row, ...inOrder(row.index)]);
  return inOrder(undefined);
}

/** Lets go of the logits of tokens outside a text until at most `most` tokens have some. */
export function forget(root: Written, path: readonly Written[], most: number): void {
  const kept = new Set([root, ...path]);
  const others: Written[] = [];
  const visit = (node: Written): void => {
    if (node.logits && !kept.has(node)) others.push(node);
    for (const child of node.children.values()) visit(child);
  };
  visit(root);
  for (const node of others.slice(0, Math.max(0, kept.size + others.length - most))) node.logits = undefined;
}
