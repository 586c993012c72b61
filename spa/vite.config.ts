import { fileURLToPath } from 'node:url';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin, Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';

import { documents } from './documents/documents.mjs';

type CodeSplittingNameFunction = Rolldown.CodeSplittingNameFunction;

type Modules = Parameters<CodeSplittingNameFunction>[1];
let ofFirstPage: ReadonlySet<string> | undefined;
let behindIt: ReadonlySet<string> | undefined;

/** What these import, directly or through others, without what is fetched later. */
function reachable(modules: Modules, ...from: string[]): ReadonlySet<string> {
  const seen = new Set(from.map((each) => fileURLToPath(new URL(each, import.meta.url))));
  for (const id of seen) for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) seen.add(imported);
  return seen;
}

/** Packages export these beside what the first page needs; only pages that come later use them. */
const usedLater = /useBlocker|[mM]utationObserver|useMutation|react-virtual|virtual-core|lucide-react\/dist\/esm\/icons/;

/** Puts what the first page needs, of packages or of our own, into a chunk. */
const chunk =
  (name: string, ofPackages: boolean): CodeSplittingNameFunction =>
  (id, modules) => {
    ofFirstPage ??= reachable(modules, './src/main.tsx');
    if (id.startsWith('\0rolldown')) return ofPackages ? name : null;
    return ofFirstPage.has(id) && !usedLater.test(id) && id.includes('node_modules') === ofPackages ? name : null;
  };

/** What every visit of the overview fetches once the first page is there, in one piece. */
const behind: CodeSplittingNameFunction = (id, modules) => {
  behindIt ??= reachable(modules, './src/features/fleet/load-panel.tsx', './src/app/live-updates.ts');
  return behindIt.has(id) && !id.includes('node_modules') && !id.startsWith('\0') ? 'behind' : null;
};

/**
 * The icons' own component has options, contexts and names that nothing here uses, and is larger than the icons of the first
 * page; `src/components/icon.ts` takes its place.
 */
const plainIcons: Plugin = {
  name: 'plain-icons',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source === '../createLucideIcon.mjs' && importer?.includes('lucide-react')
      ? fileURLToPath(new URL('./src/components/icon.ts', import.meta.url))
      : null,
};

/** Which documents there are, for the palette. */
const documentList: Plugin = {
  name: 'document-list',
  resolveId: (source) => (source === 'virtual:documents' ? '\0documents' : null),
  load: (id) =>
    id === '\0documents'
      ? `export default ${JSON.stringify(
          documents().map(({ name, title, headings }) => ({
            href: `/docs/${name}`,
            title,
            words: headings.slice(1).flatMap(({ level, text }) => (level === 2 ? text : [])).join(' '),
          })),
        )}`
      : null,
};

const backend = process.env['WISEHOSTING_API'] ?? 'http://127.0.0.1:7070';

export default defineConfig({
  plugins: [plainIcons, documentList, react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': backend, '/healthz': backend } },
  preview: { proxy: { '/api': backend, '/healthz': backend } },
  build: {
    target: 'es2022',
    // Inlined assets would need data: in the content security policy of scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Two chunks for the first page instead of a dozen; what changes seldom keeps its address.
        codeSplitting: { groups: [{ name: chunk('vendor', true), priority: 1 }, { name: chunk('first', false), priority: 1 }, { name: behind }] },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['{src,documents}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
