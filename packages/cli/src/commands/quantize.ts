import { basename } from 'node:path';
import { saveModel } from '@headwise/core/save';
import { type Command, Option } from 'commander';
import type { Console } from '../console.ts';
import { type SourceFlags, sizeText, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface Flags extends SourceFlags {
  readonly dtype: 'q8' | 'q4' | 'f16';
  readonly out?: string;
  readonly force?: boolean;
  readonly weightsFile?: string;
}

/** `headwise quantize SOURCE --dtype q8`. */
export function addQuantize(program: Command, console: Console): void {
  const command = program
    .command('quantize')
    .summary('write a model with quantised weights')
    .description(
      'Writes a model with its weights in 8 or 4 bits or in 16-bit floats, its tokenizer and its configuration beside them.\nHeadwise loads the directory without quantising again, and computes the same as with that dtype from the original.',
    )
    .argument('<source>', 'the model: a directory, a GGUF or llama2.c file, a URL, or org/name of the hub')
    .addOption(
      new Option('--dtype <type>', 'q8: half the size of 16 bits; q4: a third, less exact; f16')
        .choices(['q8', 'q4', 'f16'])
        .makeOptionMandatory(),
    )
    .option('--out <directory>', 'a new or an empty directory (default: the name of the source and the type)')
    .option('--force', 'replace a directory that has files')
    .option('--weights-file <name>', 'the file with the weights, if it is not model.safetensors');
  withSourceFlags(command).action(async (source: string, flags: Flags) => {
    const name = basename(source.replace(/[\\/]+$/, '')).replace(/\.(gguf|bin)$/i, '');
    const out = flags.out ?? `${name || 'model'}-${flags.dtype}`;
    const { files } = await saveModel(sourceOf(source), out, {
      ...sourceOptions(flags),
      dtype: flags.dtype,
      ...(flags.force && { overwrite: true }),
      ...(flags.weightsFile !== undefined && { weightsFile: flags.weightsFile }),
      ...(console.signal && { signal: console.signal }),
    });
    for (const [name, size] of files) console.out(`${name.padEnd(28)} ${sizeText(size).padStart(10)}\n`);
    console.out(`written to ${out}\n`);
  });
}
