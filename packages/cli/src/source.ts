import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** A directory that exists as its whole path, anything else as it is. */
export function sourceOf(text: string): string {
  return existsSync(text) ? resolve(text) : text;
}

/** Options of a command that reads a model's files. */
export interface SourceFlags {
  readonly revision?: string;
  readonly hubUrl?: string;
}

/** Adds the options that say how files are found. */
export function withSourceFlags(command: Command): Command {
  return command
    .option('--revision <name>', 'branch, tag or commit of a repository of the hub (default: main)')
    .option('--hub-url <url>', 'URL of the hub (default: https://huggingface.co)');
}

export function sourceOptions({ revision, hubUrl }: SourceFlags): SourceFlags {
  return { ...(revision !== undefined && { revision }), ...(hubUrl !== undefined && { hubUrl }) };
}

/** The option `--dtype` of commands that compute. */
export function dtypeOption(): Option {
  return new Option('--dtype <type>', 'how the weights are kept')
    .choices(['auto', 'f32', 'f16', 'q8', 'q4'])
    .default('auto');
}

/** Reads a whole number of at least `least`. */
export function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Reads a number from `least` to `most`. */
export function fraction(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };
}

/** Bytes as text with a unit. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
