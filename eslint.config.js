// What the linter holds. Type-checked rules where a forgotten promise or a loose type could lose a document; time,
// randomness and the console only where the entry points are.
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

const ambient = [
  { object: 'Date', property: 'now', message: 'Take a Clock as a parameter (src/base/environment.ts).' },
  { object: 'Math', property: 'random', message: 'Take a Random as a parameter (src/base/environment.ts).' },
]
const ambientSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock as a parameter.' },
]
const entryPoints = [
  'src/main.ts',
  'src/engine/**',
  'src/cli/main.ts',
  'src/ui/**',
  'sync-server/main.ts',
  'sync-server/platform.ts',
  'sync-server/*.mjs',
  'test/**',
]

export default ts.config(
  { ignores: ['dist', 'node_modules', 'test-results', 'playwright-report', 'coverage', '.telar-data'] },
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-console': 'error',
      'no-constant-condition': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-control-regex': 'error',
      'no-useless-escape': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-syntax': ['error', ...ambientSyntax],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Numbers in messages are fine; promises, objects and undefined are not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Interfaces are asynchronous where some implementation must be; `Result<void, E>` is a plain type here; what comes
      // from outside is checked although its type already promises.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // The language's own checker (svelte-check) sees through markup; these see `any` there.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
    },
  },
  {
    files: entryPoints,
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**', 'src/cli/**', 'sync-server/log.ts', 'sync-server/*.mjs'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      'max-lines': 'off',
      // Stories take functions out of what a set-up gives them; none of those uses `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Launchers and scripts are plain JavaScript that runs before anything is installed.
    files: ['**/*.js', '**/*.mjs'],
    extends: [ts.configs.disableTypeChecked],
    rules: { '@typescript-eslint/explicit-function-return-type': 'off' },
  },
)
