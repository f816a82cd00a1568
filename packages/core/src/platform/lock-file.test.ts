import { spawnSync } from 'node:child_process';
import fs, { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os, { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../test/helpers/temporary.ts';
import { lockFile } from './lock-file.ts';

const path = async () => join(await temporaryDirectory(), 'a', 'x.lock');
const waiting = new AbortController().signal;
const lockOf = (pid: number, host = hostname()) => JSON.stringify({ id: 'other', host, pid });
const write = async (file: string, text: string) => {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
};

describe('lockFile', () => {
  it('gives a lock to one at a time, and to the next when it is released', async () => {
    const file = await path();
    const release = (await lockFile(file))!;
    expect(await lockFile(file)).toBeUndefined();
    const order: string[] = [];
    const next = lockFile(file, waiting).then((free) => {
      order.push('second');
      return free!();
    });
    order.push('first');
    await release();
    await next;
    expect(order).toEqual(['first', 'second']);
    expect(await readdir(join(file, '..'))).toEqual([]);
    await release();
  });

  it('locks where the name of the machine may not be read', async () => {
    const spy = vi.spyOn(os, 'hostname').mockImplementation(() => {
      throw new Error('NotCapable: Requires sys access to "hostname"');
    });
    syncBuiltinESMExports();
    try {
      const file = await path();
      const release = (await lockFile(file))!;
      expect(await lockFile(file)).toBeUndefined();
      await release();
      // Whether its process runs is unknown.
      await write(file, JSON.stringify({ id: 'other', pid: 2 ** 30 }));
      expect(await lockFile(file)).toBeUndefined();
    } finally {
      spy.mockRestore();
      syncBuiltinESMExports();
    }
  });

  it('leaves no file that others wait for when the disk is full', async () => {
    const { writeFile: write } = fs;
    const full = vi.spyOn(fs, 'writeFile').mockImplementation(async (file, _, options) => {
      await write(file, '', options);
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    syncBuiltinESMExports();
    try {
      const file = await path();
      await (await lockFile(file))!();
      expect(full).toHaveBeenCalledOnce();
      expect(await readdir(join(file, '..'))).toEqual([]);
    } finally {
      full.mockRestore();
      syncBuiltinESMExports();
    }
  });

  it('waits until the signal is aborted', async () => {
    const file = await path();
    const release = (await lockFile(file))!;
    await expect(lockFile(file, AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
    await release();
  });

  it('takes over the lock of a process that has ended, at once', async () => {
    const file = await path();
    const { pid } = spawnSync(process.execPath, ['--version']);
    await write(file, lockOf(pid));
    const release = (await lockFile(file))!;
    expect(await readdir(join(file, '..'))).toEqual(['x.lock']);
    await release();
  });

  it.each([
    ['this machine', lockOf(process.pid)],
    ['another one', lockOf(1, 'elsewhere')],
    ['nobody', 'not JSON'],
  ])('takes over the lock of %s that was not touched for 10 seconds', async (_, text) => {
    const file = await path();
    await write(file, text);
    expect(await lockFile(file)).toBeUndefined();
    await utimes(file, new Date(), new Date(Date.now() - 11_000));
    await (await lockFile(file))!();
    expect(await readdir(join(file, '..'))).toEqual([]);
  });

  it('does not delete the lock of another that took it over', async () => {
    const file = await path();
    const release = (await lockFile(file))!;
    await write(file, lockOf(process.pid));
    await release();
    expect(await readdir(join(file, '..'))).toEqual(['x.lock']);
  });

  it('lets everyone go on where no file can be made', async () => {
    const file = await path();
    await write(file, '');
    const below = join(file, 'y.lock');
    expect(await Promise.all([lockFile(below), lockFile(below)])).toEqual([
      expect.any(Function),
      expect.any(Function),
    ]);
  });
});
