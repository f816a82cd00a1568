const begin = '<!-- benchmark:begin -->';
const end = '<!-- benchmark:end -->';

/**
 * Replaces the text between a document's benchmark markers.
 *
 * @throws Error unless the document has each marker once, in order
 */
export function embedBetweenMarkers(document: string, name: string, content: string): string {
  const start = document.indexOf(begin);
  const stop = document.indexOf(end);
  const once = start === document.lastIndexOf(begin) && stop === document.lastIndexOf(end);
  if (start < 0 || stop < start || !once)
    throw new Error(`${name} must have one ${begin} followed by one ${end}`);
  return `${document.slice(0, start + begin.length)}\n\n${content}\n\n${document.slice(stop)}`;
}
