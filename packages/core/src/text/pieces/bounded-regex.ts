import { parseRegex, type RegexNode, RegexSyntaxError } from './bounded-regex-parser.ts';
import { CharacterSet } from './character-set.ts';
import { stepsLeft, takeSteps } from './limits.ts';

/** Instructions of a compiled expression, which all have four numbers. */
const CHARACTER = 0;
const CHARACTER_BEFORE = 1;
const SPLIT = 2;
const JUMP = 3;
const START = 4;
const END = 5;
const LOOK = 6;
const LOOK_NOT = 7;
const ATOMIC = 8;
const MATCH = 9;
/** A set of characters repeated: set, least, most. */
const RUN = 10;
const RUN_BEFORE = 11;
const RUN_LAZY = 12;
const MARK = 13;
const MOVED = 14;
const SIZE = 4;

const MAX_INSTRUCTIONS = 50_000;
/** Numbers on the stack of places to go back to: 256 MiB. */
const MAX_STACK = 2 ** 26;
const MOST_KEPT = 65_536;
const MANY = 0x7fffffff;

/**
 * A regular expression of JavaScript that runs with a limit of steps ({@link limitWork}): a backtracking matcher that tries alternatives in
 * the same order, and so finds the same matches. Its memory grows with the text, and not the call stack.
 */
export class BoundedRegex {
  readonly #name: string;
  readonly #program: Int32Array;
  readonly #sets: CharacterSet[];
  /** Where repeated groups began, so that they end when they match nothing. */
  readonly #marks: Int32Array;
  #stack = new Int32Array(256);
  #steps = 0;
  /** End of the match that `find` found. */
  end = 0;

  /** `flags`: those that change what a class is. Throws `RegexSyntaxError` for what is not supported, and for an expression that is too long. */
  constructor(source: string, flags = 'v', name = `the pattern ${shownPattern(source)}`) {
    const compiler = new Compiler(flags);
    compiler.compile(parseRegex(source), false);
    compiler.emit(MATCH);
    this.#name = name;
    this.#program = Int32Array.from(compiler.program);
    this.#sets = compiler.sets;
    this.#marks = new Int32Array(compiler.marks).fill(-1);
  }

  /** Where the first match at or after `from` begins; −1 if there is none. Throws `ConfigError` when no steps are left. */
  find(text: string, from: number): number {
    this.#steps = 0;
    try {
      for (let at = from; at <= text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) {
        const end = this.#run(text, 0, at, 0);
        if (end >= 0) {
          this.end = end;
          return at;
        }
      }
      return -1;
    } finally {
      if (this.#stack.length > MOST_KEPT) this.#stack = new Int32Array(256);
      takeSteps(this.#steps, this.#name);
    }
  }

  /** Whether the expression matches the whole of a text. */
  matchesWhole(text: string): boolean {
    return this.find(text, 0) === 0 && this.end === text.length;
  }

  /** Where a match at `at` ends; −1 if there is none. `base` is where this run's part of the stack begins. */
  #run(text: string, first: number, start: number, base: number): number {
    const program = this.#program;
    const sets = this.#sets;
    const marks = this.#marks;
    const { length } = text;
    const limit = stepsLeft();
    let at = start;
    let pc = first;
    let top = base;
    for (;;) {
      if (++this.#steps > limit) takeSteps(this.#steps, this.#name);
      const a = program[pc + 1]!;
      let failed = false;
      switch (program[pc]) {
        case CHARACTER: {
          const code = at < length ? text.codePointAt(at)! : -1;
          failed = code < 0 || !sets[a]!.has(code);
          at += code > 0xffff ? 2 : 1;
          pc += SIZE;
          break;
        }
        case CHARACTER_BEFORE: {
          const width = at > 0 ? widthBefore(text, at) : 0;
          failed = width === 0 || !sets[a]!.has(text.codePointAt(at - width)!);
          at -= width;
          pc += SIZE;
          break;
        }
        case SPLIT:
          top = this.#push(top, program[pc + 2]!, at, -1);
          pc = a;
          break;
        case JUMP:
          pc = a;
          break;
        case START:
          failed = at !== 0;
          pc += SIZE;
          break;
        case END:
          failed = at !== length;
          pc += SIZE;
          break;
        case LOOK:
        case LOOK_NOT:
        case ATOMIC: {
          const end = this.#run(text, pc + SIZE, at, top);
          failed = end >= 0 === (program[pc] === LOOK_NOT);
          if (program[pc] === ATOMIC) at = end;
          pc = a;
          break;
        }
        case MATCH:
          return at;
        case RUN: {
          const set = sets[a]!;
          const least = program[pc + 2]!;
          const most = program[pc + 3]!;
          let count = 0;
          let leastAt = at;
          while (count < most && at < length) {
            const code = text.codePointAt(at)!;
            if (!set.has(code)) break;
            at += code > 0xffff ? 2 : 1;
            if (++count === least) leastAt = at;
          }
          this.#steps += count >> 1;
          pc += SIZE;
          failed = count < least;
          if (count > least) top = this.#push(top, pc, at, leastAt);
          break;
        }
        case RUN_BEFORE: {
          const set = sets[a]!;
          const least = program[pc + 2]!;
          const most = program[pc + 3]!;
          let count = 0;
          pc += SIZE;
          // Each end is a place to go back to, since positions go down.
          while (count < most && at > 0) {
            const width = widthBefore(text, at);
            if (!set.has(text.codePointAt(at - width)!)) break;
            if (count >= least) top = this.#push(top, pc, at, -1);
            at -= width;
            count++;
            this.#steps++;
          }
          failed = count < least;
          break;
        }
        case RUN_LAZY: {
          const set = sets[a]!;
          const least = program[pc + 2]!;
          let count = 0;
          while (count < least && at < length) {
            const code = text.codePointAt(at)!;
            if (!set.has(code)) break;
            at += code > 0xffff ? 2 : 1;
            count++;
          }
          this.#steps += count;
          failed = count < least;
          // The next instruction tries one more, and has its own count.
          pc += SIZE;
          break;
        }
        case MARK:
          top = this.#push(top, -1, a, marks[a]!);
          marks[a] = at;
          pc += SIZE;
          break;
        default:
          failed = marks[a] === at;
          pc += SIZE;
      }
      if (!failed) continue;
      const stack = this.#stack;
      for (;;) {
        if (top === base) return -1;
        top -= 3;
        pc = stack[top]!;
        if (pc >= 0) break;
        marks[stack[top + 1]!] = stack[top + 2]!;
      }
      at = stack[top + 1]!;
      const leastAt = stack[top + 2]!;
      if (leastAt >= 0) {
        at -= widthBefore(text, at);
        if (at > leastAt) {
          stack[top + 1] = at;
          top += 3;
        }
      }
    }
  }

  #push(top: number, pc: number, at: number, leastAt: number): number {
    if (top + 3 > this.#stack.length) {
      if (this.#stack.length * 2 > MAX_STACK) takeSteps(Infinity, this.#name);
      const grown = new Int32Array(this.#stack.length * 2);
      grown.set(this.#stack);
      this.#stack = grown;
    }
    const stack = this.#stack;
    stack[top] = pc;
    stack[top + 1] = at;
    stack[top + 2] = leastAt;
    return top + 3;
  }
}

/** Units of the character before a position. */
function widthBefore(text: string, at: number): number {
  return at > 1 &&
    (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 &&
    (text.charCodeAt(at - 2) & 0xfc00) === 0xd800
    ? 2
    : 1;
}

class Compiler {
  readonly program: number[] = [];
  readonly sets: CharacterSet[] = [];
  marks = 0;
  readonly #flags: string;
  readonly #known = new Map<string, number>();

  constructor(flags: string) {
    this.#flags = flags;
  }

  emit(code: number, a = 0, b = 0, c = 0): number {
    if (this.program.length >= MAX_INSTRUCTIONS * SIZE)
      throw new RegexSyntaxError(
        `an expression of more than ${MAX_INSTRUCTIONS} parts, repeated ones counted,`,
      );
    return this.program.push(code, a, b, c) - SIZE;
  }

  compile(node: RegexNode, isBehind: boolean): void {
    switch (node.type) {
      case 'set':
        this.emit(isBehind ? CHARACTER_BEFORE : CHARACTER, this.#set(node.set));
        return;
      case 'sequence':
        for (const part of isBehind ? [...node.parts].reverse() : node.parts) this.compile(part, isBehind);
        return;
      case 'alternatives': {
        const ends: number[] = [];
        for (const [i, part] of node.parts.entries()) {
          const split = i < node.parts.length - 1 ? this.emit(SPLIT) : -1;
          if (split >= 0) this.program[split + 1] = this.program.length;
          this.compile(part, isBehind);
          if (split < 0) continue;
          ends.push(this.emit(JUMP));
          this.program[split + 2] = this.program.length;
        }
        for (const end of ends) this.program[end + 1] = this.program.length;
        return;
      }
      case 'repeat':
        this.#repeat(node, isBehind);
        return;
      case 'look':
      case 'atomic': {
        const look = this.emit(node.type === 'atomic' ? ATOMIC : node.isNegative ? LOOK_NOT : LOOK);
        this.compile(node.node, node.type === 'look' ? node.isBehind : isBehind);
        this.emit(MATCH);
        this.program[look + 1] = this.program.length;
        return;
      }
      default:
        this.emit(node.type === 'start' ? START : END);
    }
  }

  #repeat({ node, min, max, isGreedy }: RegexNode & { type: 'repeat' }, isBehind: boolean): void {
    if (max < min) throw new RegexSyntaxError('a repetition whose numbers are out of order');
    if (node.type === 'set' && isGreedy) {
      const set = this.#set(node.set);
      this.emit(isBehind ? RUN_BEFORE : RUN, set, Math.min(min, MANY), Math.min(max, MANY));
      return;
    }
    if (node.type === 'set' && !isBehind && min > 1) this.emit(RUN_LAZY, this.#set(node.set), min);
    else {
      for (let i = 0, size = -1; i < min && size !== this.program.length; i++) {
        // A part that matches nothing needs no copies.
        size = this.program.length;
        this.compile(node, isBehind);
      }
    }
    if (max === Infinity) {
      const mark = this.marks++;
      const split = this.#split(isGreedy);
      this.emit(MARK, mark);
      this.compile(node, isBehind);
      this.emit(MOVED, mark);
      this.emit(JUMP, split);
      this.#endSplit(split, isGreedy);
      return;
    }
    const splits: number[] = [];
    for (let i = min; i < max; i++) {
      const mark = this.marks++;
      splits.push(this.#split(isGreedy));
      this.emit(MARK, mark);
      this.compile(node, isBehind);
      this.emit(MOVED, mark);
    }
    for (const split of splits) this.#endSplit(split, isGreedy);
  }

  /** Tries the body, which comes next, first or last. */
  #split(isGreedy: boolean): number {
    const split = this.emit(SPLIT);
    this.program[split + (isGreedy ? 1 : 2)] = this.program.length;
    return split;
  }

  #endSplit(split: number, isGreedy: boolean): void {
    this.program[split + (isGreedy ? 2 : 1)] = this.program.length;
  }

  #set(source: string): number {
    let set = this.#known.get(source);
    if (set === undefined) {
      set = this.sets.push(new CharacterSet(source, this.#flags)) - 1;
      this.#known.set(source, set);
    }
    return set;
  }
}

/** A pattern in an error. */
export const shownPattern = (source: string) =>
  JSON.stringify(source.length > 60 ? `${source.slice(0, 60)}…` : source);
