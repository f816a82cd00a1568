import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The compiler's messages (TypeScript, Apache-2.0): the Korean ones by their keys, and the English ones from the compiler's source, where
 * each is `diag(code, category, "key", "message")`.
 */
export function* typescriptMessages(): Generator<readonly [english: string, korean: string]> {
  const lib = dirname(createRequire(import.meta.url).resolve('typescript'));
  const korean = JSON.parse(
    readFileSync(join(lib, 'ko', 'diagnosticMessages.generated.json'), 'utf8'),
  ) as Record<string, string>;
  const source = readFileSync(join(lib, 'typescript.js'), 'utf8');
  for (const [key, message] of diagnostics(source))
    if (korean[key] !== undefined) yield [message, korean[key]];
}

/** Key and message of each call of `diag` in the compiler's source. */
export function* diagnostics(source: string): Generator<readonly [key: string, message: string]> {
  for (const [, key, text] of source.matchAll(/\bdiag\(\d+, [^"]*"(\w+)", ("(?:[^"\\]|\\.)*")/g))
    yield [key!, JSON.parse(text!) as string];
}
