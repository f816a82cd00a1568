// The messages of example 13: for each department of a shop, the first ten are for training.
import { readFile } from 'node:fs/promises';

const file = await readFile(new URL('../data/support-messages.json', import.meta.url), 'utf8');

export const { labels, messages }: { labels: string[]; messages: Record<string, string[]> } =
  JSON.parse(file);
