import { HeadwiseError } from '@headwise/core';
import { Command, CommanderError } from 'commander';
import { addEmbed } from './commands/embed.ts';
import { addInspect } from './commands/inspect.ts';
import { addQuantize } from './commands/quantize.ts';
import type { Console } from './console.ts';

/**
 * Runs a command by its arguments (without `node` and the script) and resolves to its exit status: 0, 1 after an error, which is written as one line
 * with its code, or 130 if it was interrupted.
 */
export async function run(args: readonly string[], console: Console): Promise<number> {
  const program = new Command('headwise')
    .description('Models for Headwise: quantise their weights, look into their files, embed texts.')
    .configureOutput({ writeOut: (text) => console.out(text), writeErr: (text) => console.error(text) })
    .exitOverride()
    .showHelpAfterError('(headwise --help explains the commands)')
    .addHelpText('after', SOURCES);
  addQuantize(program, console);
  addInspect(program, console);
  addEmbed(program, console);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (console.signal?.aborted) return 130;
    console.error(`headwise: ${lineOf(error)}\n`);
    return 1;
  }
}

function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  const isKnown = error instanceof HeadwiseError || typeof code === 'string';
  return `${isKnown ? `${String(code)}: ` : ''}${text}`.replace(/\s*[\r\n]+\s*/g, ' ');
}

const SOURCES = `
SOURCE is a directory, a URL of one, or a repository of the hub (org/name).

Examples:
  headwise quantize sentence-transformers/all-MiniLM-L6-v2 --dtype q8
  headwise quantize ./my-model --dtype q4 --out ./my-model-small
  headwise inspect ./my-model-small
  headwise inspect ./weights.gguf --json
  headwise embed sentence-transformers/all-MiniLM-L6-v2 sentences.txt > vectors.jsonl
`;
