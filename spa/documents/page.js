// What the documents' pages have beside their text: commands can be copied, and all documents searched.
(function () {
  /** @param {string} name @param {Record<string, string>} [attributes] @param {string} [text] */
  function element(name, attributes, text) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const said = element('p', { role: 'status', class: 'sr-only' });
  document.body.append(said);

  for (const block of document.querySelectorAll('.code:not(.printed)')) {
    const button = element('button', { type: 'button', 'aria-label': 'Copy' }, 'Copy');
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(block.querySelector('pre')?.textContent ?? '').then(
        () => {
          button.textContent = said.textContent = 'Copied';
          setTimeout(() => (button.textContent = 'Copy'), 1500);
        },
        () => (said.textContent = 'The browser does not allow copying'),
      );
    });
    block.append(button);
  }

  const search = /** @type {HTMLElement} */ (document.getElementById('search'));
  const input = /** @type {HTMLInputElement} */ (search.querySelector('input'));
  const found = /** @type {HTMLElement} */ (document.getElementById('found'));
  search.hidden = false;

  /** @typedef {{ title: string, heading: string, to: string, text: string }} Passage */
  /** @type {Promise<Passage[]> | undefined} */
  let passages;
  const read = () =>
    (passages ??= fetch(/** @type {string} */ (search.dataset['passages'])).then((answer) => {
      if (!answer.ok) throw new Error();
      return answer.json();
    }));

  /** How well a passage fits: each word must be in it, and counts most in its heading. 0: not at all. */
  function fits(/** @type {Passage} */ passage, /** @type {string[]} */ words) {
    let sum = 0;
    for (const word of words) {
      const times =
        (passage.heading.toLowerCase().includes(word) ? 8 : 0) +
        (passage.title.toLowerCase().includes(word) ? 4 : 0) +
        (passage.text.toLowerCase().includes(word) ? 1 : 0);
      if (times === 0) return 0;
      sum += times;
    }
    return sum;
  }

  /** The text around the first of the words, that word marked. */
  function around(/** @type {string} */ text, /** @type {string[]} */ words) {
    const line = element('p');
    const word = words.find((each) => text.toLowerCase().includes(each));
    const at = word === undefined ? 0 : text.toLowerCase().indexOf(word);
    const from = Math.max(0, text.lastIndexOf(' ', Math.max(0, at - 40)) + 1);
    line.append((from > 0 ? '… ' : '') + text.slice(from, at));
    if (word !== undefined) line.append(element('mark', {}, text.slice(at, at + word.length)));
    const end = text.length <= from + 130 ? text.length : text.lastIndexOf(' ', from + 130);
    line.append(text.slice(at + (word?.length ?? 0), Math.max(end, at)) + (end < text.length ? ' …' : ''));
    return line;
  }

  function show(/** @type {Passage[]} */ all) {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = all
      .map((passage) => ({ passage, sum: fits(passage, words) }))
      .filter(({ sum }) => sum > 0)
      .sort((a, b) => b.sum - a.sum)
      .slice(0, 12);
    found.hidden = words.length === 0;
    found.replaceChildren(
      ...hits.map(({ passage }) => {
        const link = element('a', { href: passage.to });
        link.append(element('strong', {}, passage.heading ? `${passage.title} › ${passage.heading}` : passage.title), around(passage.text, words));
        const item = element('li');
        item.append(link);
        return item;
      }),
    );
    if (hits.length === 0) found.append(element('li', { class: 'none' }, `Nothing fits “${input.value.trim()}”.`));
    said.textContent = words.length === 0 ? '' : `${hits.length} found`;
  }

  const look = () =>
    read().then(show, () => {
      passages = undefined;
      said.textContent = 'The search could not be loaded';
      found.hidden = false;
      found.replaceChildren(element('li', { class: 'none' }, 'The search could not be loaded. Type again to try again.'));
    });
  input.addEventListener('focus', () => void read().catch(() => (passages = undefined)));
  input.addEventListener('input', () => void look());

  function leave() {
    found.hidden = true;
  }
  /** @type {HTMLElement[]} */
  const stops = [];
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.select();
    } else if (event.key === 'Escape' && !found.hidden) {
      input.value = '';
      leave();
      input.focus();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      stops.splice(0, stops.length, input, .../** @type {NodeListOf<HTMLElement>} */ (found.querySelectorAll('a')));
      const at = found.hidden ? -1 : stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      if (at < 0) return;
      event.preventDefault();
      stops[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
    } else if (event.key === 'Enter' && event.target === input) {
      event.preventDefault();
      found.querySelector('a')?.click();
    }
  });
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !search.contains(event.target)) leave();
    // Also a link to a heading of this page is the end of the search.
    else if (event.target instanceof Element && event.target.closest('a')) leave();
  });
})();
