import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Transcript } from '@headwise/core/speech';
import { type Command, Option } from 'commander';
import type { Console } from '../console.ts';
import { count, dtypeOption, type SourceFlags, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface Flags extends SourceFlags {
  readonly model: string;
  readonly dtype: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
  readonly language?: string;
  readonly translate?: boolean;
  readonly timestamps: 'segment' | 'word' | 'none';
  readonly format: 'txt' | 'srt' | 'vtt' | 'json';
  readonly prompt?: string;
  readonly beamSize: number;
}

/** `headwise transcribe FILE --model SOURCE`. */
export function addTranscribe(program: Command, console: Console): void {
  const command = program
    .command('transcribe')
    .summary('write down what is said in a sound')
    .description(
      'Writes down what is said in a WAV file, as text, subtitles or JSON. Text is written as it is recognised.',
    )
    .argument('<file>', 'a WAV file, or - for the standard input')
    .requiredOption(
      '--model <source>',
      'a Whisper or a Moonshine: a directory, a URL, org/name of the hub, or a file of whisper.cpp (ggml-tiny.bin)',
    )
    .option('--language <code>', 'what is spoken, such as en or ko (default: what is likeliest)')
    .option('--translate', 'translate to English')
    .addOption(
      new Option('--timestamps <what>', 'what has times in subtitles and JSON')
        .choices(['segment', 'word', 'none'])
        .default('segment'),
    )
    .addOption(
      new Option('--format <format>', 'what is written')
        .choices(['txt', 'srt', 'vtt', 'json'])
        .default('txt'),
    )
    .option('--prompt <text>', 'text that could have been said before: names, spellings')
    .option('--beam-size <number>', 'texts that are followed at the same time', count(1), 1)
    .addOption(dtypeOption());
  withSourceFlags(command).action(async (file: string, flags: Flags) => {
    const sound = file === '-' ? await buffer(console.input ?? process.stdin) : await readFile(file);
    const signal = console.signal && { signal: console.signal };
    // Other commands need no speech.
    const { loadSpeech, toSrt, toVtt } = await import('@headwise/core/speech');
    const model = await loadSpeech(sourceOf(flags.model), {
      ...sourceOptions(flags),
      dtype: flags.dtype,
      ...signal,
    });
    try {
      const { language, timestamps, format, prompt, beamSize, translate } = flags;
      const segments = model.stream(sound, {
        timestamps,
        beamSize,
        ...(language !== undefined && { language }),
        ...(translate && { task: 'translate' as const }),
        ...(prompt !== undefined && { prompt }),
        ...signal,
      });
      let transcript: Transcript | undefined;
      while (!transcript) {
        const { done, value } = await segments.next();
        if (done) transcript = value;
        else if (format === 'txt') console.out(`${value.text.trim()}\n`);
      }
      if (format === 'srt') console.out(toSrt(transcript));
      if (format === 'vtt') console.out(toVtt(transcript));
      if (format === 'json') console.out(`${JSON.stringify(transcript, null, 2)}\n`);
    } finally {
      await model.dispose();
    }
  });
}
