import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { anchor, documents, html, type Document } from './documents.mjs';

const spa = path.resolve(__dirname, '..');
let dist: string;
/** What stands at each address of the pages. */
const pages = new Map<string, DocumentFragment>();

beforeAll(() => {
  dist = mkdtempSync(path.join(tmpdir(), 'wh-documents-'));
  mkdirSync(path.join(dist, 'assets'));
  execFileSync(process.execPath, [path.join(spa, 'scripts/documents.mjs'), dist], { stdio: 'ignore' });
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.html'))) {
    const page = window.document.createElement('template'); // nothing in it is fetched
    page.innerHTML = readFileSync(path.join(dist, file), 'utf8');
    pages.set(`/${file.replace(/\.html$/, '')}`, page.content);
  }
});

afterAll(() => rmSync(dist, { recursive: true, force: true }));

/** Addresses of the dashboard and of the API that pages may lead to. */
const elsewhere = ['/', '/api/docs', '/favicon.svg', '/first.js'];

function leadsNowhere(href: string, from: string): boolean {
  if (/^https?:/.test(href) || elsewhere.includes(href)) return false;
  if (href.startsWith('/assets/')) return !readdirSync(path.join(dist, 'assets')).includes(href.slice('/assets/'.length));
  const { pathname, hash } = new URL(href, `http://here${from}`);
  const target = pages.get(pathname);
  return !target || (hash !== '' && !target.querySelector(`[id="${hash.slice(1)}"]`));
}

const document = (text: string): Document => ({
  name: 'one',
  file: 'docs/one.md',
  section: '',
  title: 'One',
  about: '',
  text,
  headings: [{ level: 2, text: 'A part', id: 'a-part' }],
});

describe('documents', () => {
  it('are those of docs/README.md for who uses and who runs an installation', () => {
    const names = documents().map(({ name }) => name);

    expect(names).toEqual(expect.arrayContaining(['first-app', 'variables', 'troubleshooting', 'backup', 'configuration', 'changelog']));
    expect(names).not.toContain('threads');
    expect(new Set(names).size).toBe(names.length);
    expect([...pages.keys()].sort()).toEqual(['/docs', ...names.map((name) => `/docs/${name}`)].sort());
  });

  it('lead somewhere with each link', () => {
    const nowhere = [...pages].flatMap(([from, page]) =>
      [...page.querySelectorAll('[href], [src], [data-passages]')]
        .map((each) => each.getAttribute('href') ?? each.getAttribute('src') ?? each.getAttribute('data-passages') ?? '')
        .filter((href) => leadsNowhere(href, from))
        .map((href) => `${from}: ${href}`),
    );

    expect(nowhere).toEqual([]);
  });

  it('need no script or style within the page, which the content security policy refuses', () => {
    for (const [, page] of pages) {
      expect(page.querySelectorAll('[style], style, script:not([src]), [onclick]')).toHaveLength(0);
      expect(page.querySelectorAll('h1')).toHaveLength(1);
    }
  });

  it('are where the dashboard leads to', () => {
    const sources = readdirSync(path.join(spa, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx') || file.endsWith('.ts'));
    const links = sources.flatMap((file) => {
      const text = readFileSync(path.join(spa, 'src', file), 'utf8');
      return [...text.matchAll(/(?:<DocLink to="|\bdoc(?:=|: )["'])([^"']+)["']/g)].map(([, to]) => `/docs/${to}`);
    });

    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((to) => leadsNowhere(to, ''))).toEqual([]);
  });

  it('are found by the search, each passage at its heading', () => {
    const file = readdirSync(path.join(dist, 'assets')).find((each) => each.endsWith('.json')) ?? '';
    const passages = JSON.parse(readFileSync(path.join(dist, 'assets', file), 'utf8')) as { to: string; text: string; heading: string }[];

    expect(passages.filter(({ to }) => leadsNowhere(to, ''))).toEqual([]);
    expect(passages.find(({ text }) => text.includes('dumb http transport'))?.to).toBe('/docs/troubleshooting#a-deployment-failed');
    expect(passages.filter(({ text }) => text.includes('```') || text.includes('|--'))).toEqual([]);
  });

  it('show commands as they are and nothing of their own as HTML', () => {
    const shown = html(document('# One\n\n```sh not run: why\necho "<b>"\n```\n\n<script>x</script>\n'), []);

    expect(shown).toContain('<pre tabindex="0">echo &quot;&lt;b&gt;&quot;</pre>');
    expect(shown).not.toContain('why');
    expect(shown).not.toContain('<script>');
  });

  it('refuse a link to a heading that is not there, and say of sources that they are sources', () => {
    const one = document('# One\n\n## A part\n\n[a](#a-part) [b](../cli/main.cpp)\n');

    expect(html(one, [one])).toContain('<a href="#a-part">a</a> <span title="cli/main.cpp, in the sources">b</span>');
    expect(() => html(document('[x](#gone)'), [{ ...document(''), file: 'docs/one.md' }])).toThrow('docs/one.md has no heading #gone');
  });

  it.each([
    ['Bring it back', 'bring-it-back'],
    ['`./dev up`', 'dev-up'],
    ['Two of them, and away again', 'two-of-them-and-away-again'],
  ])('%s is at #%s', (heading, id) => expect(anchor(heading)).toBe(id));
});
