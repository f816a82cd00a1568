// Removes `dist` from the current package before a build: files of sources that were moved or deleted must not be published.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
