import { describe, expect, it } from 'vitest';
import { QueueFullError } from '../errors.ts';
import { deferred } from './deferred.ts';
import { Queue, type RunningTask } from './queue.ts';

/** A task whose result and end are decided by the test. */
function controlledTask() {
  const [result, settled] = [deferred<string>(), deferred<void>()];
  let starts = 0;
  const start = (): RunningTask<string> => {
    starts++;
    return { result: result.promise, settled: settled.promise };
  };
  const finish = (value: string) => {
    result.resolve(value);
    settled.resolve();
  };
  return { start, result, settled, finish, starts: () => starts };
}

const controlledTasks = (count: number) => Array.from({ length: count }, controlledTask);
const startsOf = (tasks: readonly { starts(): number }[]) => tasks.map(({ starts }) => starts());
const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

describe('Queue.run', () => {
  it('runs tasks in order, one at a time by default', async () => {
    const queue = new Queue();
    const log: string[] = [];
    const task = (name: string) => async () => {
      log.push(`${name} starts`);
      await nextTurn();
      log.push(`${name} ends`);
      return name;
    };
    const names = ['a', 'b', 'c'];
    expect(await Promise.all(names.map((name) => queue.run(undefined, task(name))))).toEqual(names);
    expect(log).toEqual(names.flatMap((name) => [`${name} starts`, `${name} ends`]));
  });

  it('starts a task synchronously when a slot is free', () => {
    const queue = new Queue({ slots: 2 });
    const tasks = controlledTasks(3);
    for (const { start } of tasks) void queue.run(undefined, start);
    expect(startsOf(tasks)).toEqual([1, 1, 0]);
  });

  it('starts the next task when the previous one fails', async () => {
    const queue = new Queue();
    const failing = queue.run(undefined, async () => {
      throw new Error('failed');
    });
    const next = queue.run(undefined, async () => 'next');
    await expect(failing).rejects.toThrow('failed');
    expect(await next).toBe('next');
  });

  it('frees the slot when `start` throws', async () => {
    const queue = new Queue({ maxWaiting: 1 });
    const broken = () => {
      throw new Error('broken');
    };
    await expect(queue.call(undefined, broken)).rejects.toThrow('broken');
    await expect(queue.call(undefined, broken)).rejects.toThrow('broken');
    expect(await queue.call(undefined, async () => 'next')).toBe('next');
  });

  it('starts the next task when the previous one has settled, which may be after its result', async () => {
    const queue = new Queue({ maxWaiting: 10 });
    const [a, b] = [controlledTask(), controlledTask()];
    const [first, second] = [queue.call(undefined, a.start), queue.call(undefined, b.start)];
    expect(startsOf([a, b])).toEqual([1, 0]);
    a.result.reject(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    expect(b.starts()).toBe(0);
    a.settled.resolve();
    await nextTurn();
    expect(b.starts()).toBe(1);
    b.result.resolve('b');
    expect(await second).toBe('b');
  });

  it('runs as many tasks at a time as there are slots', async () => {
    const queue = new Queue({ slots: 2 });
    const tasks = controlledTasks(4);
    const results = tasks.map(({ start }) => queue.run(undefined, start));
    tasks[1]!.finish('1');
    await nextTurn();
    expect(startsOf(tasks)).toEqual([1, 1, 1, 0]);
    for (const [i, { finish }] of tasks.entries()) finish(`${i}`);
    expect(await Promise.all(results)).toEqual(['0', '1', '2', '3']);
  });

  it('rejects with the reason of a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('not needed'));
    const task = controlledTask();
    await expect(new Queue().run(signal, task.start)).rejects.toThrow('not needed');
    expect(task.starts()).toBe(0);
  });

  it('rejects at once and starts the following task when the signal is aborted while a task waits', async () => {
    const queue = new Queue();
    const controller = new AbortController();
    const [a, b, c] = [controlledTask(), controlledTask(), controlledTask()];
    void queue.run(undefined, a.start);
    const aborted = queue.run(controller.signal, b.start);
    void queue.run(undefined, c.start);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    a.finish('a');
    await nextTurn();
    expect(startsOf([a, b, c])).toEqual([1, 0, 1]);
  });

  it('does not start a task whose signal is aborted between the release of a slot and the start', async () => {
    const queue = new Queue();
    const controller = new AbortController();
    const [first, aborted, last] = [controlledTask(), controlledTask(), controlledTask()];
    void queue.run(undefined, first.start);
    const waiting = queue.run(controller.signal, aborted.start);
    void queue.run(undefined, last.start);
    // Called directly after the queue's own callback, which releases the slot.
    void first.settled.promise.then(() => controller.abort(new Error('not needed')));
    first.finish('first');
    await expect(waiting).rejects.toThrow('not needed');
    await nextTurn();
    expect(startsOf([aborted, last])).toEqual([0, 1]);
  });

  it('ignores the signal once the task has started', async () => {
    const controller = new AbortController();
    const task = controlledTask();
    const running = new Queue().run(controller.signal, task.start);
    controller.abort();
    task.finish('done');
    expect(await running).toBe('done');
  });
});

describe('Queue.call', () => {
  it('throws QueueFullError when as many calls wait as the limit allows', async () => {
    const queue = new Queue({ maxWaiting: 2 });
    const tasks = controlledTasks(4);
    const [running, ...waiting] = tasks.map(({ start }) => queue.call(undefined, start));
    await expect(waiting[2]).rejects.toThrow(QueueFullError);
    tasks[0]!.finish('done');
    expect(await running).toBe('done');
    await nextTurn();
    // One call has started, which makes room for one that waits.
    void queue.call(undefined, controlledTask().start);
    await expect(queue.call(undefined, controlledTask().start)).rejects.toThrow(QueueFullError);
  });

  it('makes room for another call when a waiting one is aborted', async () => {
    const queue = new Queue({ maxWaiting: 1 });
    const controller = new AbortController();
    const [a, b, c] = [controlledTask(), controlledTask(), controlledTask()];
    void queue.call(undefined, a.start);
    const aborted = queue.call(controller.signal, b.start);
    controller.abort(new Error('not needed'));
    await expect(aborted).rejects.toThrow('not needed');
    await expect(queue.call(controller.signal, b.start)).rejects.toThrow('not needed');
    const waiting = queue.call(undefined, c.start);
    a.settled.resolve();
    await nextTurn();
    expect(startsOf([b, c])).toEqual([0, 1]);
    c.result.resolve('c');
    expect(await waiting).toBe('c');
  });
});

describe('Queue.admit', () => {
  it('counts a call of several tasks once, until it ends', async () => {
    const queue = new Queue({ maxWaiting: 1 });
    const [endFirst, endSecond] = [queue.admit(), queue.admit()];
    expect(() => queue.admit()).toThrow(QueueFullError);
    const tasks = controlledTasks(5);
    const running = tasks.map(({ start }) => queue.run(undefined, start));
    for (const { finish } of tasks) finish('done');
    expect(await Promise.all(running)).toEqual(Array(5).fill('done'));
    expect(() => queue.admit()).toThrow(QueueFullError);
    endFirst();
    endFirst();
    queue.admit();
    expect(() => queue.admit()).toThrow(QueueFullError);
    endSecond();
    expect(await queue.call(undefined, tasks[0]!.start)).toBe('done');
  });
});

describe('Queue.close', () => {
  it('rejects waiting and later calls, and leaves running ones alone', async () => {
    const queue = new Queue({ maxWaiting: 5 });
    const [a, b] = [controlledTask(), controlledTask()];
    const running = queue.call(undefined, a.start);
    const waiting = queue.call(undefined, b.start);
    queue.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    await expect(queue.call(undefined, b.start)).rejects.toThrow('closed');
    expect(() => queue.admit()).toThrow('closed');
    a.finish('a');
    expect(await running).toBe('a');
    await nextTurn();
    expect(b.starts()).toBe(0);
  });
});
