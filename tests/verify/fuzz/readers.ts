import type { FuzzReader } from '../../../packages/core/test/fuzz/reader.ts';
import { readers as coreReaders } from '../../../packages/core/test/fuzz/readers.ts';
import { fleetReaders } from '../../../packages/fleet/test/fuzz-readers.ts';
import { serviceReaders } from '../../../packages/server/test/fuzz-readers.ts';

/** All readers of files and requests under test. */
export const readers: readonly FuzzReader[] = [...coreReaders, ...serviceReaders, ...fleetReaders];
