import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError } from '@headwise/core';
import type { CorpusRule, Fields } from '../row.ts';
import { fileError } from './file.ts';
import type { Answers, FromProcess, PlainError, Question, Start } from './protocol.ts';

/** The sources run as they are in tests, and compiled elsewhere. */
const SCRIPT = fileURLToPath(new URL(`./process${extname(import.meta.url)}`, import.meta.url));

export interface ParquetLimits {
  /** Seconds for an answer, and for each MiB that is read for it: a hundredth of the usual speed. */
  readonly seconds: number;
  readonly secondsPerMiB: number;
  /** MiB of what is unpacked at a time: a row group. */
  readonly memory: number;
}
const LIMITS: ParquetLimits = { seconds: 30, secondsPerMiB: 1, memory: 4096 };

interface Pending {
  readonly question: Question;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/**
 * Reads a file in a process of its own. Rejects with `FormatError` for what is not Parquet, and for what takes more time or memory than a file of its size can
 * need; the process is ended then.
 */
export class ParquetReader {
  readonly #path: string;
  readonly #fields: Fields;
  readonly #limits: ParquetLimits;
  readonly #waiting: Pending[] = [];
  #process: ChildProcess | undefined;
  #running: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #allowed = 0;

  constructor(path: string, fields: Fields, limits = LIMITS) {
    this.#path = path;
    this.#fields = fields;
    this.#limits = limits;
  }

  ask<K extends Question['kind']>(question: Question & { kind: K }): Promise<Answers[K]> {
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      this.#next();
    }) as Promise<Answers[K]>;
  }

  /** Ends the process; a question that is left rejects. */
  close(): void {
    const child = this.#process;
    if (!child) return;
    this.#fail(child, 'is not read any more');
    child.kill('SIGKILL');
  }

  #next(): void {
    if (this.#running) return;
    this.#running = this.#waiting.shift();
    if (!this.#running) {
      this.#keepAlive(false);
      return;
    }
    this.#process ??= this.#start();
    this.#keepAlive(true);
    this.#allowed = 0;
    this.#allow(this.#limits.seconds);
    this.#process.send(this.#running.question);
  }

  /** Without a question, the reading process and its channel do not keep this one alive. */
  #keepAlive(isBusy: boolean): void {
    for (const handle of [this.#process, this.#process?.channel]) isBusy ? handle?.ref() : handle?.unref();
  }

  #start(): ChildProcess {
    const { memory } = this.#limits;
    const child = fork(SCRIPT, [JSON.stringify({ path: this.#path, fields: this.#fields } satisfies Start)], {
      serialization: 'advanced',
      // Flags of this process such as `--input-type` are for its program alone.
      execArgv: [`--max-old-space-size=${memory}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.on('message', (message: FromProcess) => {
      if (child !== this.#process) return;
      if (message.kind === 'bytes') this.#allow((message.bytes / 2 ** 20) * this.#limits.secondsPerMiB);
      else if (message.kind === 'answer') this.#end((pending) => pending.resolve(message.answer));
      else this.#end((pending) => pending.reject(errorOf(message.error)));
    });
    child.on('error', (error) =>
      this.#fail(child, `could not be given to a process: ${error.message}`, error),
    );
    child.on('exit', (code, signal) => {
      process.off('exit', kill);
      this.#fail(
        child,
        `makes the reader of Parquet die (${signal ?? code}); a row group may unpack to ${memory} MiB`,
      );
    });
    return child;
  }

  /** More seconds for the running question. */
  #allow(seconds: number): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#allowed = (this.#allowed || now) + 1000 * seconds;
    this.#timer = setTimeout(() => this.#timeOut(), Math.max(0, this.#allowed - now));
  }

  #timeOut(): void {
    const child = this.#process;
    if (!child) return;
    this.#fail(child, 'takes longer to unpack than a whole file of its size can');
    child.kill('SIGKILL');
  }

  /** The process has ended, or is ended: the next question is for another. */
  #fail(child: ChildProcess, what: string, cause?: unknown): void {
    if (child !== this.#process) return;
    this.#process = undefined;
    this.#end((pending) => pending.reject(fileError(what, cause)));
  }

  #end(settle: (pending: Pending) => void): void {
    clearTimeout(this.#timer);
    const pending = this.#running;
    this.#running = undefined;
    if (pending) settle(pending);
    this.#next();
  }
}

function errorOf({ message, rule, system }: PlainError): Error {
  if (rule !== undefined) return new FormatError<CorpusRule>(rule as CorpusRule, message);
  return Object.assign(new Error(message), system);
}
