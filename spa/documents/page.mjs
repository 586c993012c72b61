// A page of the documents: what stands around its text.

/** @typedef {import('./documents.mjs').Document} Document */

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** As src/components/logo.tsx draws it. */
const logo = '<svg aria-hidden="true" viewBox="0 0 32 32"><rect width="32" height="32" rx="8"/><path d="M6.5 10.5 11 22l5-9 5 9 4.5-11.5"/></svg>';

/** From so many headings on, a page lists them beside its text. */
const listedFrom = 3;

/** @param {readonly Document[]} all @param {(section: string, documents: Document[]) => string} draw */
const bySection = (all, draw) =>
  [...new Set(all.map(({ section }) => section))].map((section) => draw(section, all.filter((each) => each.section === section))).join('');

/**
 * @typedef {object} Frame
 * @property {readonly Document[]} all
 * @property {string} version
 * @property {string} style      address
 * @property {string} script     address
 * @property {string} passages   address
 */

/** @param {Frame} frame @param {{ title: string, current: Document | undefined, content: string }} page */
function framed({ all, version, style, script, passages }, { title, current, content }) {
  const entry = (/** @type {Document} */ each) =>
    `<li><a href="/docs/${each.name}"${each === current ? ' aria-current="page"' : ''}>${escaped(each.title)}</a></li>`;
  const headings = (current?.headings ?? []).filter(({ level }) => level === 2);
  const onThisPage =
    headings.length < listedFrom
      ? ''
      : `<nav class="on-this-page" aria-label="On this page"><h2>On this page</h2><ul>${headings.map(({ id, text }) => `<li><a href="#${id}">${escaped(text)}</a></li>`).join('')}</ul></nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · WiseHosting</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/first.js"></script>
<link rel="stylesheet" href="${style}">
<script src="${script}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<a class="home" href="/" aria-label="WiseHosting: dashboard">${logo}<span>WiseHosting</span></a>
<a href="/docs"${current ? '' : ' aria-current="page"'}>Documentation</a>
<div id="search" role="search" data-passages="${passages}" hidden><input type="search" aria-label="Search the documentation" placeholder="Search" autocomplete="off" spellcheck="false"><ol id="found" hidden></ol></div>
<a class="to-all" href="#all">All pages</a>
</header>
<div class="body">
<main id="main" tabindex="-1">
${content}${onThisPage}
</main>
<nav class="all" id="all" aria-label="Documentation">
${bySection(all, (section, documents) => `<h2>${escaped(section)}</h2><ul>${documents.map(entry).join('')}</ul>`)}
<h2>Version ${escaped(version)}</h2><ul><li><a href="/api/docs">Reference of the API</a></li><li><a href="/">Dashboard</a></li></ul>
</nav>
</div>
</body>
</html>
`;
}

/** @param {Frame} frame @param {Document} current @param {string} text  its text as HTML */
export function documentPage(frame, current, text) {
  const at = frame.all.indexOf(current);
  const [before, behind] = [frame.all[at - 1], frame.all[at + 1]];
  const link = (/** @type {Document | undefined} */ to, /** @type {string} */ rel) =>
    to ? `<a rel="${rel}" href="/docs/${to.name}">${rel === 'prev' ? '← ' : ''}${escaped(to.title)}${rel === 'next' ? ' →' : ''}</a>` : '<span></span>';
  const content = `<article>\n${text}<div class="next">${link(before, 'prev')}${link(behind, 'next')}</div>\n</article>`;
  return framed(frame, { title: current.title, current, content });
}

/** @param {Frame} frame */
export function indexPage(frame) {
  const lists = bySection(
    frame.all,
    (section, documents) =>
      `<h2>${escaped(section)}</h2><ul class="index">${documents.map(({ name, title, about }) => `<li><a href="/docs/${name}"><strong>${escaped(title)}</strong><span>${escaped(about.replaceAll('`', ''))}</span></a></li>`).join('')}</ul>`,
  );
  return framed(frame, { title: 'Documentation', current: undefined, content: `<article>\n<h1>Documentation</h1>\n${lists}</article>` });
}
