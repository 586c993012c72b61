import axe from 'axe-core';

/**
 * What axe finds against the page as it stands, as "rule: element". What a DOM without layout cannot tell (contrast) and
 * what index.html brings (language, title) are left to the tests in a real browser.
 */
export async function axeFindings(): Promise<string[]> {
  const result = await axe.run(document, {
    rules: {
      'color-contrast': { enabled: false },
      'html-has-lang': { enabled: false },
      'document-title': { enabled: false },
      'scrollable-region-focusable': { enabled: false },
    },
  });
  return result.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
