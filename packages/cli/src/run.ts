import { HeadwiseError } from '@headwise/core';
import { Command, CommanderError } from 'commander';
import { addChat } from './commands/chat.ts';
import { addEmbed } from './commands/embed.ts';
import { addFleet } from './commands/fleet.ts';
import { addInspect } from './commands/inspect.ts';
import { addQuantize } from './commands/quantize.ts';
import { addServe } from './commands/serve.ts';
import { addTranscribe } from './commands/transcribe.ts';
import type { Console } from './console.ts';

/**
 * Runs a command by its arguments (without `node` and the script) and resolves to its exit status: 0, 1 after an error, which is written as one line
 * with its code, or 130 if it was interrupted.
 */
export async function run(args: readonly string[], console: Console): Promise<number> {
  const program = new Command('headwise')
    .description(
      'Transformer models on the command line: embed texts and whole corpora, talk, write down speech, serve them over HTTP, look into their files, quantise their weights.',
    )
    .configureOutput({ writeOut: (text) => console.out(text), writeErr: (text) => console.error(text) })
    .exitOverride()
    .showHelpAfterError('(headwise --help explains the commands)')
    .addHelpText('after', SOURCES);
  addEmbed(program, console);
  addChat(program, console);
  addTranscribe(program, console);
  addServe(program, console);
  addInspect(program, console);
  addQuantize(program, console);
  addFleet(program, console);
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
SOURCE is a directory, a URL of one, or a repository of the hub (org/name). What is downloaded is kept in a cache
(environment variable HEADWISE_CACHE).

Examples:
  headwise embed sentence-transformers/all-MiniLM-L6-v2 sentences.txt > vectors.jsonl
  headwise chat HuggingFaceTB/SmolLM2-135M-Instruct --dtype q8
  headwise transcribe talk.wav --model openai/whisper-tiny --timestamps word --format vtt > talk.vtt
  headwise serve sentence-transformers/all-MiniLM-L6-v2 --port 8080
  headwise inspect ./weights.gguf --json
  headwise quantize sentence-transformers/all-MiniLM-L6-v2 --dtype q8 --out ./minilm-q8
  headwise fleet run corpus.jsonl --model ./minilm-q8 --out ./vectors

headwise COMMAND --help explains a command's options.
`;
