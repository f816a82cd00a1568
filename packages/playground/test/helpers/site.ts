import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { POLICY } from '../../plugins/policy.ts';

/** Values for one sentence, computed with PyTorch on the same weights in float64. */
export interface ReferenceCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly embedding: readonly number[];
  readonly attention_layer0_head0?: ReadonlyArray<readonly number[]>;
  readonly attention_layer5_head11?: ReadonlyArray<readonly number[]>;
}

const reference = JSON.parse(
  await readFile(new URL('../../../core/test/fixtures/minilm.json', import.meta.url), 'utf8'),
) as { cases: ReferenceCase[] };

export function referenceCase(text: string): ReferenceCase {
  const found = reference.cases.find((candidate) => candidate.text === text);
  if (!found) throw new Error(`minilm.json has no case "${text}"`);
  return found;
}

/** Serves the built playground under its content security policy; with `path`, there alone. */
export async function serveSite(path = '/'): Promise<StaticServer> {
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  if (!existsSync(dist))
    throw new Error(`${dist} does not exist: build the playground first (npm run build)`);
  const headers = { 'content-security-policy': POLICY };
  if (path === '/') return serveDirectory(dist, { headers });
  return serveDirectory(fileURLToPath(new URL('nothing/', import.meta.url)), {
    headers,
    mounts: { [path]: dist },
  });
}
