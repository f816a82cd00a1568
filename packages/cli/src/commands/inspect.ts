import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  ConfigError,
  LoadError,
  openCheckpoint,
  readSafetensorsHeader,
  resolveSource,
  type SafetensorsHeader,
} from '@headwise/core';
import { readGgufHeader } from '@headwise/core/gguf';
import type { Command } from 'commander';
import type { Console } from '../console.ts';
import { type SourceFlags, sizeText, sourceOf, sourceOptions, withSourceFlags } from '../source.ts';

interface TensorLine {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What is shown of a file or a repository. */
interface Report {
  readonly about: Readonly<Record<string, unknown>>;
  readonly tensors: readonly TensorLine[];
}

interface Flags extends SourceFlags {
  readonly json?: boolean;
}

/** `headwise inspect FILE` and `headwise inspect SOURCE`. */
export function addInspect(program: Command, console: Console): void {
  const command = program
    .command('inspect')
    .summary('show what is in a model or in a file of weights')
    .description(
      'Shows the header of a safetensors or GGUF file, or the configuration, tokenizer and tensors of a model. Weights are not read.',
    )
    .argument(
      '<source>',
      'a .safetensors or .gguf file, or a model: a directory, a URL, or org/name of the hub',
    )
    .option('--json', 'write JSON');
  withSourceFlags(command).action(async (source: string, flags: Flags) => {
    const isFile = statSync(source, { throwIfNoEntry: false })?.isFile() ?? false;
    const report = isFile ? await inspectFile(source) : await inspectSource(sourceOf(source), flags);
    console.out(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report));
  });
}

async function inspectFile(path: string): Promise<Report> {
  const files = resolveSource(dirname(resolve(path)));
  const file = await files.open(basename(path));
  const size = { file: basename(path), bytes: file.size };
  if (/\.safetensors$/i.test(path)) return fromSafetensors(size, await readSafetensorsHeader(file));
  if (/\.gguf$/i.test(path)) {
    const header = await readGgufHeader(file);
    return {
      about: {
        ...size,
        format: `GGUF ${header.version}`,
        ...Object.fromEntries([...header.metadata].map(([key, value]) => [key, short(value)])),
      },
      tensors: [...header.tensors].map(([name, { type, shape }]) => ({ name, dtype: type.name, shape })),
    };
  }
  throw new ConfigError(`inspect: ${basename(path)} must be a .safetensors or a .gguf file`);
}

function fromSafetensors(size: object, header: SafetensorsHeader): Report {
  return {
    about: { ...size, format: 'safetensors', ...Object.fromEntries(header.metadata) },
    tensors: [...header.tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  };
}

async function inspectSource(source: string, flags: Flags): Promise<Report> {
  const files = resolveSource(source, sourceOptions(flags));
  // All files are asked for at once; what is wrong with the weights is said after what is wrong with the rest.
  const opening = openCheckpoint(files);
  opening.catch(() => {});
  const [config, tokenizer, tokenizerConfig] = (await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => files.optionalJson(name)),
  )) as [
    config: Record<string, unknown> | undefined,
    tokenizer: { model?: { type?: string } } | undefined,
    tokenizerConfig: { tokenizer_class?: string } | undefined,
  ];
  if (!config && !tokenizer) {
    throw new LoadError(
      'not-found',
      `inspect: ${files.location} has neither config.json nor tokenizer.json`,
      {
        file: 'config.json',
      },
    );
  }
  const checkpoint = await opening;
  const quantization = config?.quantization_config as Record<string, unknown> | undefined;
  return {
    about: {
      source: files.location,
      model_type: config?.model_type,
      architectures: config?.architectures,
      hidden_size: config?.hidden_size,
      num_hidden_layers: config?.num_hidden_layers,
      vocab_size: config?.vocab_size,
      tokenizer: tokenizer?.model?.type,
      tokenizer_class: tokenizerConfig?.tokenizer_class,
      quantization: quantization && `${quantization.quant_method} ${quantization.dtype ?? ''}`.trim(),
    },
    tensors: checkpoint.names.map((name) => ({ name, ...pick(checkpoint.info(name)) })),
  };
}

function pick({ dtype, shape }: { dtype: string; shape: readonly number[] }): Omit<TensorLine, 'name'> {
  return { dtype, shape };
}

function short(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `${(value as ArrayLike<unknown>).length} values`;
  return typeof value === 'string' && value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

function textOf({ about, tensors }: Report): string {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(about)) {
    if (value === undefined || value === null) continue;
    const text =
      key === 'bytes'
        ? sizeText(value as number)
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
    lines.push(`${`${key}:`.padEnd(20)} ${printable(text)}`);
  }
  const values = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  lines.push(`${'tensors:'.padEnd(20)} ${tensors.length}, ${values} values`, '');
  const width = Math.min(72, Math.max(0, ...tensors.map(({ name }) => name.length)));
  for (const { name, dtype, shape } of tensors)
    lines.push(`${printable(name).padEnd(width)}  ${dtype.padEnd(6)} [${shape.join(', ')}]`);
  return `${lines.join('\n')}\n`;
}

/** Names are untrusted: control characters would change the terminal. */
function printable(text: string): string {
  return text.replace(
    /\p{Control}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
