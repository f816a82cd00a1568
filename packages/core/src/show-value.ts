/** A value in an error as JSON, or its type where JSON has none for it: big integers, symbols, functions, circles. */
export function showValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}
