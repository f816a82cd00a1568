import { describeValue } from './options.ts';

/** A value in an error as JSON, or in words where JSON has none for it: big integers, symbols, functions, circles. */
export function showValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? describeValue(value);
  } catch {
    return describeValue(value);
  }
}
