import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';

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

/** Bytes as text with a unit. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
