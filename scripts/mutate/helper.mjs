import { fork } from 'node:child_process';
import { inRoot } from '../lib/paths.mjs';

/** A script of this folder that answers one message at a time, and is started again after it was ended. */
export class Helper {
  #script;
  #argument;
  #child;
  #stale = [];

  constructor(script, argument) {
    this.#script = script;
    this.#argument = argument;
  }

  /** The answer, or undefined if there is none within the time. The process, and all that it started, is ended then. */
  async ask(message, milliseconds) {
    this.#child ??= await this.#start();
    const child = this.#child;
    const answer = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), milliseconds);
      const settle = (value) => {
        clearTimeout(timer);
        child.off('message', settle);
        child.off('exit', exited);
        resolve(value);
      };
      const exited = () => settle({ failure: 'the process of the tests ended' });
      child.on('message', settle);
      child.on('exit', exited);
      child.send({ ...message, changed: [...this.#stale.splice(0), ...(message.changed ?? [])] });
    });
    if (answer === undefined || child.exitCode !== null || child.signalCode !== null) this.end();
    return answer;
  }

  /** Files that changed: sent with the next message. */
  forget(files) {
    this.#stale.push(...files);
  }

  async #start() {
    const child = fork(inRoot('scripts', 'mutate', this.#script), [this.#argument], {
      // A group of its own, so that `end` reaches the processes that run the tests.
      detached: true,
      stdio: ['ignore', 'ignore', process.env.HEADWISE_MUTATE_DEBUG ? 'inherit' : 'ignore', 'ipc'],
      cwd: this.#argument,
    });
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error(`${this.#script} did not start`)));
    });
    child.removeAllListeners('exit');
    return child;
  }

  end() {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}
