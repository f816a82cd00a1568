import { readFile } from 'node:fs/promises';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { type CausalLM, type ChatMessage, type ChatOptions, ConfigError, loadCausalLM } from '@headwise/core';
import type { Command } from 'commander';
import type { Console } from '../console.ts';
import {
  count,
  dtypeOption,
  fraction,
  type SourceFlags,
  sourceOf,
  sourceOptions,
  withSourceFlags,
} from '../source.ts';

interface Flags extends SourceFlags {
  readonly dtype: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
  readonly system?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly maxTokens: number;
  readonly chatTemplate?: string;
}

const HELP = '/clear begins a new conversation, /exit or Ctrl+D leaves; Ctrl+C stops an answer.\n';

/** `headwise chat SOURCE`. */
export function addChat(program: Command, console: Console): void {
  const command = program
    .command('chat')
    .summary('talk with a model')
    .description(`Answers each line as a message of a conversation. ${HELP}`)
    .argument('<source>', 'a decoder: a directory, a URL, org/name of the hub, or a GGUF file')
    .option('--system <text>', 'a message of the system before the conversation')
    .option(
      '--temperature <number>',
      "0 for the most probable answer (default: the model's)",
      fraction(0, 100),
    )
    .option('--top-p <number>', "nucleus sampling (default: the model's)", fraction(0, 1))
    .option('--seed <number>', 'repeats the answers of an earlier call', count(0))
    .option('--max-tokens <number>', 'length of an answer in tokens', count(1), 512)
    .option('--chat-template <file>', "a Jinja template, instead of the model's")
    .addOption(dtypeOption());
  withSourceFlags(command).action(async (source: string, flags: Flags) => {
    const chatTemplate =
      flags.chatTemplate === undefined ? undefined : await readFile(flags.chatTemplate, 'utf8');
    const model = await loadCausalLM(sourceOf(source), {
      ...sourceOptions(flags),
      dtype: flags.dtype,
      ...(console.signal && { signal: console.signal }),
    });
    try {
      if (!model.chatTemplate && chatTemplate === undefined) {
        throw new ConfigError(
          'chat: this model has no chat template, so that it was probably not trained for conversations; --chat-template names a file with one',
        );
      }
      await converse(model, flags, console, chatTemplate === undefined ? {} : { chatTemplate });
    } finally {
      await model.dispose();
    }
  });
}

async function converse(model: CausalLM, flags: Flags, console: Console, more: ChatOptions): Promise<void> {
  const { temperature, topP, seed, maxTokens } = flags;
  const options: ChatOptions = {
    ...more,
    maxNewTokens: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(seed !== undefined && { seed }),
  };
  const system: ChatMessage[] = flags.system === undefined ? [] : [{ role: 'system', content: flags.system }];
  let messages = [...system];
  const lines = openLines(console);
  // Input that is not a terminal may end long before its lines are answered.
  let isOpen = true;
  lines.once('close', () => {
    isOpen = false;
  });
  const prompt = () => {
    if (isOpen) lines.prompt();
  };
  console.out(HELP);
  prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text === '/exit') break;
    if (text === '/clear') messages = [...system];
    else if (text.startsWith('/')) console.out(HELP);
    else if (text !== '') {
      messages.push({ role: 'user', content: text });
      const content = await answer(model, messages, options, lines, console);
      messages.push({ role: 'assistant', content });
    }
    prompt();
  }
  lines.close();
}

/** Writes an answer as it comes, until its end or Ctrl+C, and returns it. */
async function answer(
  model: CausalLM,
  messages: readonly ChatMessage[],
  options: ChatOptions,
  lines: Interface,
  console: Console,
): Promise<string> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const signal = console.signal ? AbortSignal.any([stop.signal, console.signal]) : stop.signal;
  let content = '';
  lines.on('SIGINT', interrupt);
  try {
    for await (const { text } of model.streamChat(messages, { ...options, signal })) {
      content += text;
      console.out(text);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    lines.off('SIGINT', interrupt);
  }
  console.out('\n');
  return content;
}

/** The lines that a person types. Ctrl+C at the prompt leaves; during an answer it is that of {@link answer}. */
function openLines(console: Console): Interface {
  const input = console.input ?? process.stdin;
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _, done) {
      console.out(String(chunk));
      done();
    },
  });
  const lines = createInterface({ input, output, prompt: '> ', terminal: input.isTTY ?? false });
  lines.on('SIGINT', () => {
    if (lines.listenerCount('SIGINT') === 1) lines.close();
  });
  console.signal?.addEventListener('abort', () => lines.close(), { once: true });
  return lines;
}
