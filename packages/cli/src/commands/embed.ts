import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { loadEncoder } from '@headwise/core';
import type { Command } from 'commander';
import type { Console } from '../console.ts';
import { dtypeOption, type SourceFlags, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface Flags extends SourceFlags {
  readonly dtype: 'auto' | 'f32' | 'f16' | 'q8' | 'q4';
}

/** Texts that are embedded at a time. */
const BATCH = 64;

/** `headwise embed SOURCE FILE`. */
export function addEmbed(program: Command, console: Console): void {
  const command = program
    .command('embed')
    .summary('embed the lines of a text file')
    .description('Writes one line of JSON for each line of a text file: its text and its embedding.')
    .argument('<source>', 'the model: a directory, a URL, or org/name of the hub')
    .argument('<file>', 'a text file in UTF-8, or - for the standard input; empty lines are left out')
    .addOption(dtypeOption());
  withSourceFlags(command).action(async (source: string, file: string, flags: Flags) => {
    const content =
      file === '-' ? await readStream(console.input ?? process.stdin) : await readFile(file, 'utf8');
    const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '');
    const model = await loadEncoder(sourceOf(source), {
      ...sourceOptions(flags),
      dtype: flags.dtype,
      ...(console.signal && { signal: console.signal }),
    });
    try {
      for (let at = 0; at < lines.length; at += BATCH) {
        console.signal?.throwIfAborted();
        const texts = lines.slice(at, at + BATCH);
        const vectors = await model.embed(texts);
        for (const [index, text] of texts.entries())
          console.out(`${JSON.stringify({ text, embedding: [...vectors[index]!] })}\n`);
      }
    } finally {
      await model.dispose();
    }
  });
}
