import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allPages, routeOf } from './pages.mjs';

const site = fileURLToPath(new URL('.', import.meta.url));
const root = join(site, '..', '..');
const repository = 'https://github.com/headwise/headwise';
const IMAGE = /\.(png|svg|jpe?g|webp)$/;

/** Writes the pages of the repository, with links of the site, and the landing pages to `.pages`. Throws for a link that leads nowhere. */
export function writePages() {
  const target = join(site, '.pages');
  rmSync(target, { recursive: true, force: true });
  cpSync(join(site, 'landing'), target, { recursive: true });
  // Of the landing pages.
  for (const name of ['en-light', 'en-dark', 'ko-light', 'ko-dark'])
    copyImage(`docs/playground-${name}.webp`, target);
  for (const page of allPages) {
    const file = join(target, `${routeOf(page)}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withLinks(page, readFileSync(join(root, page), 'utf8'), target));
  }
}

/** The text of a page with its links replaced, except for those in code. */
function withLinks(page, text, target) {
  const replace = (link) => linkOf(page, link, target);
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part) =>
      part.startsWith('```')
        ? part
        : part
            .replace(/\]\(([^)\s]+)\)/g, (_, link) => `](${replace(link)})`)
            .replace(/\b(src|srcset|href)="([^"]+)"/g, (_, name, link) => `${name}="${replace(link)}"`),
    )
    .join('');
}

/** Where a link of a page leads on the site: to a page, a copied image, or to the repository's file on GitHub. */
function linkOf(page, link, target) {
  if (/^(https?:|mailto:|#)/.test(link)) return link;
  const [file, anchor] = link.split('#');
  const path = join(dirname(page), file).replaceAll('\\', '/').replace(/\/$/, '');
  const after = anchor === undefined ? '' : `#${anchor}`;
  if (allPages.includes(path)) return `/${routeOf(path)}${after}`;
  if (!existsSync(join(root, path))) throw new Error(`${page}: ${link} leads nowhere`);
  if (!IMAGE.test(path)) return `${repository}/blob/main/${path}${after}`;
  copyImage(path, target);
  return `/${path}`;
}

function copyImage(path, target) {
  const file = join(target, 'public', path);
  mkdirSync(dirname(file), { recursive: true });
  cpSync(join(root, path), file);
}
