import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is wrong with the links of a built site: targets that do not exist, anchors that a page does not have, and scripts, styles and images of other
 * servers, which a site that works offline has none of.
 *
 * @param {string} directory the site
 * @param {string} base path that it is served under
 * @returns {string[]} one line each
 */
export function linkProblems(directory, base) {
  // The reference is checked by TypeDoc.
  const isReference = (file) => file.replaceAll('\\', '/').startsWith('api/');
  const files = readdirSync(directory, { recursive: true }).filter(
    (file) => file.endsWith('.html') && !isReference(file),
  );
  const texts = new Map();
  const read = (file) => {
    if (!texts.has(file)) texts.set(file, readFileSync(join(directory, file), 'utf8'));
    return texts.get(file);
  };
  return files.flatMap((file) => {
    const page = new URL(`http://site${base}${file.replaceAll('\\', '/')}`);
    const html = read(file);
    const targets = [...html.matchAll(/<(a|link|script|img)\b[^>]*?\b(?:href|src)="([^"]*)"/g)];
    return targets.flatMap(([, element, link]) => {
      const url = new URL(link.replaceAll('&amp;', '&'), page);
      if (url.origin !== page.origin)
        return element === 'a' || url.protocol === 'data:' ? [] : [`${file}: ${element} from ${url.href}`];
      if (!url.pathname.startsWith(base)) return [`${file}: ${link} is outside of ${base}`];
      const path = decodeURIComponent(url.pathname.slice(base.length));
      const found = [path, `${path}.html`, join(path, 'index.html')].find(
        (candidate) => candidate !== '' && /\.\w+$/.test(candidate) && existsSync(join(directory, candidate)),
      );
      if (found === undefined) return [`${file}: ${link} leads nowhere`];
      const id = decodeURIComponent(url.hash.slice(1));
      if (element !== 'a' || id === '' || isReference(found) || !found.endsWith('.html')) return [];
      return read(found).includes(`id="${id}"`) ? [] : [`${file}: ${found} has no ${id}`];
    });
  });
}
