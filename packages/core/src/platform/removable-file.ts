import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from './bytes.ts';
import { openFile } from './node-directory.ts';

/** The handle through which a source reads a file that was deleted. */
interface Pin {
  handle?: FileHandle;
}

/** Sources that may still be read, by path. Pins are held by their sources alone. */
const openPins = new Map<string, Set<WeakRef<Pin>>>();

const released = new FinalizationRegistry<Pin['handle']>((handle) => void handle?.close());

/** A source of the file at `path`, as `openFile` returns it, that stays readable when the file is deleted by way of {@link keepReadable}. */
export async function openRemovableFile(path: string): Promise<ByteSource> {
  const pin: Pin = {};
  const source = await openFile(path, path, pin);
  const pins = openPins.get(path) ?? new Set();
  for (const known of pins) if (!known.deref()) pins.delete(known);
  openPins.set(path, pins.add(new WeakRef(pin)));
  return source;
}

/**
 * Opens the file at `path`, which is about to be deleted, for each of its sources: the operating system then keeps its content until
 * they are collected.
 */
export async function keepReadable(path: string): Promise<void> {
  for (const known of openPins.get(path) ?? []) {
    const pin = known.deref();
    const handle = pin && !pin.handle ? await open(path, 'r').catch(() => undefined) : undefined;
    if (!pin || !handle) continue;
    pin.handle = handle;
    released.register(pin, handle);
  }
  openPins.delete(path);
}
