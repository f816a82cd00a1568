import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Console } from '../console.ts';
import { count, dtypeOption, type SourceFlags, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface Flags extends SourceFlags {
  readonly dtype: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
  readonly port: number;
  readonly host: string;
  readonly apiKey?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly workers: number;
  readonly maxQueue: number;
  readonly maxBody: number;
  readonly chatTemplate?: string;
  readonly matryoshka?: boolean;
  readonly speech?: readonly string[];
  readonly maxAudio: number;
  readonly log: boolean;
}

/** `headwise serve SOURCE…`. */
export function addServe(program: Command, console: Console): void {
  const command = program
    .command('serve')
    .summary("serve models over HTTP with OpenAI's API")
    .description(
      "Serves models over HTTP with OpenAI's API: /v1/embeddings of encoders, /v1/completions and /v1/chat/completions of decoders, /v1/audio/transcriptions of speech, /v1/models, /health\nand /metrics. Requests name a model by the repository's name, or by the name of its directory or file.",
    )
    .argument('[sources...]', 'models: directories, URLs, org/name of the hub, or GGUF files')
    .option('--port <number>', 'port to listen on, 0 for any', count(0), 8080)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for other machines too', '127.0.0.1')
    .addOption(
      new Option('--api-key <keys...>', 'keys, one of which a request must have (default: none)').env(
        'HEADWISE_API_KEY',
      ),
    )
    .option(
      '--allow-origin <origins...>',
      'origins whose pages may use the service, such as http://localhost:3000; * for all (default: none)',
    )
    .addOption(dtypeOption())
    .option('--workers <number>', 'threads of each model, each with a copy of the weights', count(1), 1)
    .option('--max-queue <number>', 'requests of a model that may wait; more get status 429', count(1), 256)
    .option(
      '--max-body <bytes>',
      "bytes of a request's body; larger ones get status 413",
      count(1),
      4_194_304,
    )
    .option(
      '--speech <sources...>',
      'models of speech to text: directories, URLs, org/name of the hub, or files of whisper.cpp',
    )
    .option(
      '--max-audio <bytes>',
      "bytes of a request's sound; larger ones get status 413",
      count(1),
      26_214_400,
    )
    .option('--chat-template <file>', "a Jinja template of conversations, instead of the model's")
    .option('--matryoshka', 'the first features of embeddings suffice, so that requests may have dimensions')
    .option('--no-log', 'no log; else a line of JSON for each request on the standard output')
    .addHelpText('after', EXAMPLES);
  withSourceFlags(command).action(async (sources: string[], flags: Flags) => {
    const { chatTemplate, dtype, matryoshka, speech = [], log, maxBody, maxAudio, ...listen } = flags;
    const { apiKey, allowOrigin, port, host, workers, maxQueue } = listen;
    const template = chatTemplate === undefined ? {} : { chatTemplate: await readFile(chatTemplate, 'utf8') };
    const common = (source: string) => ({ source: sourceOf(source), ...sourceOptions(flags), dtype });
    // The other commands need neither the service nor what it depends on.
    const { startServer } = await import('@headwise/server');
    const server = await startServer(
      [
        ...sources.map((source) => ({
          ...common(source),
          ...template,
          ...(matryoshka && { matryoshka }),
        })),
        ...speech.map((source) => ({ ...common(source), speech: true })),
      ],
      {
        port,
        host,
        workers,
        maxQueue,
        maxBodySize: maxBody,
        maxAudioSize: maxAudio,
        ...(apiKey && { apiKeys: apiKey }),
        ...(allowOrigin && { allowedOrigins: allowOrigin }),
        ...(!log && { logger: false as const }),
        ...(console.signal && { signal: console.signal }),
      },
    );
    console.error(`headwise: ${server.models.join(', ')} at ${server.url}/v1\n`);
    await aborted(console.signal);
    console.error('headwise: answers what was accepted; a second signal ends at once\n');
    await server.close();
  });
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

const EXAMPLES = `
Examples:
  headwise serve sentence-transformers/all-MiniLM-L6-v2 --workers 2
  headwise serve ./all-MiniLM-L6-v2-q8 HuggingFaceTB/SmolLM2-135M-Instruct --port 3000
  HEADWISE_API_KEY=secret headwise serve ./model.gguf --host 0.0.0.0
  curl http://127.0.0.1:8080/v1/embeddings -H 'content-type: application/json' \\
    -d '{"model": "sentence-transformers/all-MiniLM-L6-v2", "input": "I drank coffee."}'

SIGINT (Ctrl+C) and SIGTERM end the service when all accepted requests are answered, a second signal at once.
`;
