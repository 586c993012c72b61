import { fileURLToPath } from 'node:url';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const backend = process.env['WISEHOSTING_API'] ?? 'http://127.0.0.1:7070';

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|@tanstack\/(?!react-virtual|virtual-core)[^/]+)\//, priority: 2 },
            { name: 'shared', test: /src\/(api|lib|components)\/(?!log-view\/(?!ansi)|time-series|virtual-rows|failure-card|dialog|diff|term|card-page|meter|cli-|field|grammar|fuzzy|format-|copy-link|save-file|menu|action-error|confirm-dialog|loaded|select-field|shown-once|tabs|text-area|enter-organization|provider|use-hash-token)/, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
