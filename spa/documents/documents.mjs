// The documents for who uses and who runs an installation, of ../docs: which there are, and what stands in them as HTML.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { Marked } from 'marked';

const repository = path.resolve(import.meta.dirname, '../..');
const read = (/** @type {string} */ file) => readFileSync(path.join(repository, file), 'utf8');

/** @typedef {{ level: number, text: string, id: string }} Heading */
/**
 * @typedef {object} Document
 * @property {string} name     of its address, /docs/NAME
 * @property {string} file     below the repository
 * @property {string} section  of docs/README.md
 * @property {string} title
 * @property {string} about    what docs/README.md says of it
 * @property {string} text     Markdown
 * @property {Heading[]} headings
 */

/** As tests/lint/checks/doc_links.py names them. */
export const anchor = (/** @type {string} */ heading) =>
  heading
    .replaceAll('`', '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

const plain = (/** @type {string} */ text) => text.replaceAll('`', '').replaceAll('*', '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');

/** @returns {Heading[]} */
function headingsOf(/** @type {string} */ text) {
  const shown = text.replace(/^```.*?^```$/gms, '');
  return [...shown.matchAll(/^(#{1,6})\s+(.*?)\s*$/gm)].map(([, marks, heading]) => ({
    level: marks.length,
    text: plain(heading),
    id: anchor(heading),
  }));
}

/** @returns {Document} */
function documentOf(/** @type {string} */ file, /** @type {string} */ section, /** @type {string} */ about) {
  const text = read(file);
  const headings = headingsOf(text);
  const name = path.basename(file, '.md').toLowerCase();
  return { name, file, section, title: headings[0]?.text ?? name, about, text, headings };
}

const index = 'docs/README.md';
/** The sections of docs/README.md that are for people who do not change the code. */
const sections = ['You deploy apps', 'You run an installation'];

/** @returns {Document[]} in the order of docs/README.md */
export function documents() {
  const found = read(index)
    .split(/^## /m)
    .flatMap((part) => {
      const section = part.slice(0, part.indexOf('\n'));
      if (!sections.includes(section)) return [];
      const entries = part.split(/^- /m).slice(1);
      return entries.flatMap((entry) => {
        const [, about = ''] = /:\s+(.*)$/s.exec(entry.trim()) ?? [];
        return [...entry.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file]) => documentOf(`docs/${file}`, section, about.replace(/\s+/g, ' ')));
      });
    });
  return [...found, documentOf('CHANGELOG.md', sections[1], 'what each version brought')];
}

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Where a link of a document leads: an address of these pages, one outside, or nowhere (null) when it is about the sources.
 * A heading that is not there is a mistake.
 */
function addressOf(/** @type {string} */ href, /** @type {Document} */ from, /** @type {readonly Document[]} */ all) {
  if (/^[a-z]+:/.test(href) || href.startsWith('/')) return href;
  const [file, fragment] = href.split('#');
  const whole = file === '' ? from.file : path.posix.join(path.posix.dirname(from.file), file);
  const target = all.find((each) => each.file === whole);
  if (!target) return whole === index ? '/docs' : null;
  if (fragment !== undefined && !target.headings.some(({ id }) => id === fragment)) {
    throw new Error(`${from.file}: ${target.file} has no heading #${fragment}`);
  }
  return (target === from ? '' : `/docs/${target.name}`) + (fragment ? `#${fragment}` : '');
}

/** A document as HTML that needs neither a script nor a style of its own. */
export function html(/** @type {Document} */ document, /** @type {readonly Document[]} */ all) {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const inner = this.parser.parseInline(tokens);
        if (depth === 1) return `<h1>${inner}</h1>\n`;
        const id = anchor(text);
        return `<h${depth} id="${id}">${inner} <a class="anchor" href="#${id}" aria-label="Link to ${escaped(plain(text))}">#</a></h${depth}>\n`;
      },
      code({ text, lang }) {
        const printed = lang?.startsWith('text output');
        return `<div class="code${printed ? ' printed' : ''}"><pre tabindex="0">${escaped(text)}</pre></div>\n`;
      },
      table({ header, rows }) {
        const cells = (/** @type {typeof header} */ row, /** @type {string} */ tag) =>
          `<tr>${row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
        const named = header.some(({ text }) => text !== '');
        return (
          `<div class="table" tabindex="0"><table>${named ? `<thead>${cells(header, 'th')}</thead>` : ''}` +
          `<tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>\n`
        );
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const to = addressOf(href, document, all);
        if (to === null) return `<span title="${escaped(href.replace(/^(\.\.\/)+/, ''))}, in the sources">${inner}</span>`;
        // The name of a file says nothing to who has a page before them.
        const target = all.find((each) => to === `/docs/${each.name}`);
        return `<a href="${escaped(to)}">${target && inner.endsWith('.md') ? escaped(target.title) : inner}</a>`;
      },
      image({ href }) {
        throw new Error(`${document.file}: a picture (${href}) is not shown by /docs`);
      },
      html({ text }) {
        return escaped(text);
      },
    },
  });
  return marked.parse(document.text, { async: false });
}

/** What the search looks through: each heading with the text below it. */
export function passages(/** @type {readonly Document[]} */ all) {
  return all.flatMap((document) => {
    const [first, ...parts] = document.text.split(/^(?=#{2,6} )/m);
    const of = (/** @type {string} */ part, /** @type {Heading | undefined} */ heading) => ({
      title: document.title,
      heading: heading?.text ?? '',
      to: `/docs/${document.name}${heading ? `#${heading.id}` : ''}`,
      text: plain(part.slice(part.indexOf('\n') + 1).replace(/^```.*$|^\|[-| ]+\|$|^\| | \|$|^ *- /gm, ''))
        .replace(/\s*\|\s*/g, ' · ')
        .replace(/\s+/g, ' ')
        .trim(),
    });
    // A line that begins like a heading within a block of commands is none.
    const known = new Map(document.headings.map((heading) => [heading.id, heading]));
    return [of(first, undefined), ...parts.map((part) => of(part, known.get(anchor(part.slice(0, part.indexOf('\n')).replace(/^#+\s+/, '')))))];
  });
}
