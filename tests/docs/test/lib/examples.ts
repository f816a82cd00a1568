import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { codeBlocks } from './markdown.ts';
import type { Page } from './pages.ts';

/** TypeScript code blocks of the documentation that belong together, as a module that runs. */
export interface Example {
  /** Display name: page and line of the last block. */
  readonly name: string;
  /** Path of the file that holds its source. */
  readonly file: string;
  /** Expected lines of stdout: the comments after `console.log(…);`, in order. */
  readonly expectedOutput: readonly string[];
}

// Inside this package, so that imports resolve to the workspace's packages; ignored by git.
const directory = fileURLToPath(new URL('../../dist/examples/', import.meta.url));
const installedWeights = new URL('../../../../examples/lib/installed-weights.ts', import.meta.url).href;

/** Writes the `ts` blocks of the pages to files. A block without imports continues the block before it, in the same file. */
export function writeExamples(pages: readonly Page[]): Example[] {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  return pages.flatMap(({ path, text }) =>
    modulesOf(text).map(({ source, line }) => {
      const file = join(directory, `${path.replace(/\W+/g, '-')}-${line}.ts`);
      writeFileSync(file, `${source}\n`);
      return { name: `${path}:${line}`, file, expectedOutput: expectedOutputOf(source) };
    }),
  );
}

/** The programs of a page, each with the line of its last block. */
export function modulesOf(text: string): { source: string; line: number }[] {
  const modules: { source: string; line: number }[] = [];
  for (const { code, line, language } of codeBlocks(text)) {
    if (language !== 'ts') continue;
    const previous = /^import /m.test(code) ? undefined : modules.pop();
    modules.push({ source: previous ? `${previous.source}\n${code}` : code, line });
  }
  return modules;
}

/** The lines that a program prints, as its comments say. */
export function expectedOutputOf(source: string): string[] {
  const comments = source.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm);
  return [...comments].map(([, comment]) => comment!);
}

/** Type errors of the examples under the workspace's strict options, as `page:line: message`. */
export function typeErrors(examples: readonly Example[]): string[] {
  const configFile = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
  const config = ts.getParsedCommandLineOfConfigFile(configFile, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  })!;
  const files = examples.map(({ file }) => file);
  const program = ts.createProgram(files, { ...config.options, noUnusedLocals: false });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText, start }) => {
    const name = examples.find((example) => example.file === file?.fileName)?.name ?? file?.fileName;
    const at = file && start !== undefined ? file.text.slice(start, start + 40).split('\n')[0] : '';
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')} (at ${at})`;
  });
}

/**
 * Runs an example against the built packages, with the installed weights in place of the network.
 *
 * @returns the lines that it prints
 */
export async function runExample({ file }: Example): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', installedWeights, file], {
    cwd: directory,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
