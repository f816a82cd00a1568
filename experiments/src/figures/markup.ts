/** SVG as text, the same bytes for the same figure. */

const characters: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** A text as XML. Control characters, which XML cannot have, become spaces. */
export function escapeXml(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, (character) => characters[character]!);
}

/** A coordinate with at most two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; numbers are rounded, undefined attributes left out, `content` is markup. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value!)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(content));
}

/** A moved group. */
export function group(x: number, y: number, content: string): string {
  return element('g', { transform: `translate(${round(x)},${round(y)})` }, content);
}

/** The part of the DOM that is read here. */
interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly childNodes: ArrayLike<DomNode>;
  readonly attributes?: ArrayLike<{ readonly name: string; readonly value: string }>;
}

/** Left out: the figure as a whole has a title and a description, and colours and fonts come from its style sheet. */
const omitted = new Set(['aria-label', 'aria-hidden', 'font-family', 'font-variant', 'class']);

const longNumber = /-?\d+\.\d{2,}(?:e-?\d+)?/g;

/**
 * The markup of a node and what is in it, with numbers rounded, those of paths to a tenth of a pixel. Elements named `style` are left out.
 *
 * @param id - gives an id within the figure for one in the document
 */
export function serialize(node: DomNode, id: (name: string) => string): string {
  if (node.nodeType === 3) return escapeXml(node.textContent ?? '');
  if (node.nodeType !== 1) return '';
  const name = node.nodeName.toLowerCase() === 'clippath' ? 'clipPath' : node.nodeName.toLowerCase();
  if (name === 'style') return '';
  const attributes: Record<string, string> = {};
  for (const { name: key, value } of Array.from(node.attributes ?? [])) {
    if (omitted.has(key) || (key === 'transform' && value === 'translate(0,0)')) continue;
    if (key === 'id') attributes[key] = id(value);
    else if (value.startsWith('url(#')) attributes[key] = `url(#${id(value.slice(5, -1))})`;
    else if (key === 'd')
      attributes[key] = value.replace(longNumber, (number) =>
        String(Math.round(Number(number) * 10) / 10 + 0),
      );
    else attributes[key] = value.replace(longNumber, (number) => String(round(Number(number))));
  }
  const content = Array.from(node.childNodes, (child) => serialize(child, id)).join('');
  if (content === '' && name === 'g') return '';
  return name === 'g' && Object.keys(attributes).length === 0 ? content : element(name, attributes, content);
}
