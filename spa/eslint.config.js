import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const features = ['activity', 'audit', 'deployments', 'fleet', 'hooks', 'identity', 'metrics', 'observability', 'organizations', 'projects', 'secrets', 'setup'];

/** Layers: api, lib, components → features → routes → app. A feature never imports another feature; routes compose them. */
const layer = (files, forbidden, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'public', 'src/api/schema.gen.ts'] },
  js.configs.recommended,
  {
    files: ['{src,documents}/**/*.{ts,tsx}', 'vite.config.ts'],
    extends: [tseslint.configs.strictTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './tsconfig.node.json'] } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/only-throw-error': 'off',
      'no-console': 'error',
    },
  },
  { files: ['documents/page.js'], languageOptions: { sourceType: 'script', globals: { document: 'readonly', fetch: 'readonly', navigator: 'readonly', setTimeout: 'readonly', Element: 'readonly', HTMLInputElement: 'readonly', Node: 'readonly' } } },
  { files: ['scripts/**', 'documents/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } } },
  layer(
    ['src/{api,lib,components}/**'],
    ['@/features/*', '@/routes/*', '@/app/*'],
    'Shared code knows no feature, route or app.',
  ),
  ...features.map((name) =>
    layer(
      [`src/features/${name}/**`],
      [...features.filter((other) => other !== name).map((other) => `@/features/${other}/*`), '@/routes/*', '@/app/*'],
      'A feature imports shared code only; compose features in src/routes.',
    ),
  ),
  layer(['src/routes/**'], ['@/app/*'], 'Routes do not know the app shell.'),
);
