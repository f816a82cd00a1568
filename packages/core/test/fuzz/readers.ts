import { modelReaders } from './model-readers.ts';
import type { FuzzReader } from './reader.ts';
import { textReaders } from './text-readers.ts';
import { weightReaders } from './weight-readers.ts';

/** All readers of files under test. */
export const readers: readonly FuzzReader[] = [...weightReaders, ...textReaders, ...modelReaders];
