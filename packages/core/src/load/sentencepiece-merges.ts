/** Two pieces that BPE joins. */
export type Merge = [left: string, right: string];

/** Every way to put a piece together from two that exist. `length` is that of the left part, in code points. */
export function mergesInto(
  text: string,
  exists: (part: string) => boolean,
): { readonly left: string; readonly right: string; readonly length: number }[] {
  const merges: { left: string; right: string; length: number }[] = [];
  const characters = [...text];
  for (let length = 1, at = 0; length < characters.length; length++) {
    at += characters[length - 1]!.length;
    const [left, right] = [text.slice(0, at), text.slice(at)];
    if (exists(left) && exists(right)) merges.push({ left, right, length });
  }
  return merges;
}
