import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Absolute path of a file in the repository. */
export const inRoot = (...parts) => join(root, ...parts);
