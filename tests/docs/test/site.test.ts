import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { linkProblems } from '../../../docs/site/check-links.mjs';
import { allPages, koreanSections, routeOf, sections } from '../../../docs/site/pages.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { anchorOf, headings } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

// `npm run docs:site` builds the site and checks its links; here is what can be told without building it.

describe('the sidebar of the site', () => {
  test('has every page of the documentation once', () => {
    expect([...allPages].sort()).toEqual(pages.map(({ path }) => path).sort());
  });

  test('has a place of its own for each page', () => {
    expect(new Set(allPages.map(routeOf)).size).toBe(allPages.length);
    expect(['README.md', 'README.ko.md', 'docs/loading.md', 'packages/core/README.md'].map(routeOf)).toEqual([
      'overview',
      'ko/overview',
      'loading',
      'packages/core',
    ]);
  });

  test('has the pages in Korean in a sidebar of their own', () => {
    const paths = (of: typeof sections) => of.flatMap(({ pages }) => pages.map(([path]) => path));
    expect(paths(sections).filter((path) => path!.endsWith('.ko.md'))).toEqual([]);
    expect(paths(koreanSections).every((path) => path!.endsWith('.ko.md'))).toBe(true);
  });
});

test.each(['index.md', 'ko/index.md'])('the landing page %s links to pages and headings', (name) => {
  const landing = readFileSync(inRoot('docs', 'site', 'landing', name), 'utf8');
  const links = [...landing.matchAll(/link: \/(.+)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(5);
  const broken = links.filter((link) => {
    const [route, anchor] = link.split('#');
    const page = pages.find(({ path }) => routeOf(path) === route);
    return !page || (anchor !== undefined && !headings(page.text).map(anchorOf).includes(anchor));
  });
  expect(broken).toEqual([]);
});

describe('the check of links', () => {
  const directory = mkdtempSync(join(tmpdir(), 'headwise-site-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const write = (file: string, html: string) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), html);
  };

  test('finds targets and anchors that do not exist, and what comes from other servers', () => {
    write('a.html', '<h1 id="top">A</h1><a href="/docs/b#part">b</a><a href="#top">top</a>');
    write('b.html', '<h2 id="part">B</h2><a href="/docs/">home</a><a href="https://example.com/">out</a>');
    write('index.html', '<link href="/docs/style.css"><script src="https://cdn.example.com/x.js"></script>');
    write('style.css', '');
    write('broken.html', '<a href="/docs/c.html">c</a><a href="/docs/b.html#none">b</a><img src="/x.png">');
    expect(linkProblems(directory, '/docs/').sort()).toEqual([
      'broken.html: /docs/c.html leads nowhere',
      'broken.html: /x.png is outside of /docs/',
      'broken.html: b.html has no none',
      'index.html: script from https://cdn.example.com/x.js',
    ]);
  });
});
