import { isBuiltin } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const root = import.meta.dirname;

/**
 * Which folder may import what; everything that is not named is forbidden. Entries of `values` and `types` are folders
 * or single files of the project (`types`: only by `import type`), `packages` and `builtins` are what comes from outside.
 */
const DIRECTIONS = {
  procedure: {
    values: ['procedure'],
    packages: [],
    builtins: false,
    why: 'procedure/ is pure: workflows, activities, the CLI and the offline verifier all run the same code',
  },
  workflows: {
    values: ['workflows', 'procedure'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common', '@noble/hashes'],
    builtins: false,
    why: 'workflow code has to replay the same way for ever, inside a sandbox without Node',
  },
  environment: {
    values: ['environment', 'procedure'],
    why: 'environment/ is read by worker and CLI alike',
  },
  activities: {
    values: ['activities', 'procedure', 'environment', 'workflows/messages.ts'],
    types: ['workflows'],
    why: 'activities/ do one thing each and know neither the worker that runs them nor who asks',
  },
  client: {
    values: ['client', 'procedure', 'environment', 'workflows/messages.ts'],
    types: ['workflows', 'activities'],
    dynamic: ['worker/run.ts'],
    why: 'the CLI talks to runs through Temporal alone; only `readiness worker` loads the worker, when it is asked for',
  },
  worker: {
    values: ['worker', 'workflows', 'activities', 'procedure', 'environment'],
    why: 'worker/ wires everything, and must start without the CLI and the lab',
  },
  lab: {
    values: ['lab', 'procedure', 'environment', 'worker', 'client', 'workflows/messages.ts'],
    types: ['workflows', 'activities'],
    why: 'the lab drives the product from outside, as a person does',
  },
};

/** Enforces DIRECTIONS over `import`, `export … from` and `import()`. */
const importDirections = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      forbidden: '{{folder}}/ may not import {{what}}: {{why}}.',
      typesOnly: '{{folder}}/ may import {{what}} by `import type` only: {{why}}.',
      unknown: 'import() needs a literal text, so that its direction can be checked.',
    },
  },
  create(context) {
    const inProject = (path) => relative(root, path).split(sep).join('/');
    const file = inProject(context.filename);
    const folder = file.split('/')[0];
    const rule = DIRECTIONS[folder];
    if (rule === undefined || !file.includes('/')) return {};
    const covers = (list, path) => (list ?? []).some((one) => path === one || path.startsWith(`${one}/`));

    const check = (node, source, { typeOnly = false, dynamic = false }) => {
      const report = (messageId, what) =>
        context.report({ node, messageId, data: { folder, what, why: rule.why } });
      if (!source.startsWith('.')) {
        if (isBuiltin(source)) {
          if (rule.builtins === false) report('forbidden', `the Node builtin ${source}`);
        } else if (rule.packages !== undefined && !covers(rule.packages, source)) {
          report('forbidden', `the package ${source}`);
        }
        return;
      }
      const path = inProject(resolve(dirname(context.filename), source)).replace(/\.js$/, '.ts');
      if (covers(rule.values, path) || (dynamic && covers(rule.dynamic, path))) return;
      if (covers(rule.types, path)) {
        if (!typeOnly) report('typesOnly', path);
        return;
      }
      report('forbidden', path);
    };

    // `import { type A }` still loads the file when it runs, so only `import type` counts.
    return {
      ImportDeclaration: (node) => check(node, node.source.value, { typeOnly: node.importKind === 'type' }),
      ExportNamedDeclaration(node) {
        if (node.source) check(node, node.source.value, { typeOnly: node.exportKind === 'type' });
      },
      ExportAllDeclaration: (node) =>
        check(node, node.source.value, { typeOnly: node.exportKind === 'type' }),
      ImportExpression(node) {
        if (node.source.type !== 'Literal') context.report({ node, messageId: 'unknown' });
        else check(node, node.source.value, { dynamic: true });
      },
      TSImportType(node) {
        const source = node.source?.value ?? node.argument?.literal?.value;
        if (typeof source === 'string') check(node, source, { typeOnly: true });
      },
    };
  },
};

const plain = (...names) =>
  names.map((name) => ({
    name,
    message: 'Not in code that has to give the same answer every time; take it as an input.',
  }));

export default defineConfig([
  {
    name: 'readiness/ignored',
    ignores: [
      'node_modules/',
      'dist/',
      '.lab/',
      'artifacts/',
      'coverage/',
      'lab/target/',
      'scripts/**/*.mjs',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    name: 'readiness/typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { 'import-x': importX, readiness: { rules: { 'import-directions': importDirections } } },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } }),
      ],
    },
    rules: {
      'readiness/import-directions': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-self-import': 'error',
      'import-x/no-duplicates': ['error', { 'prefer-inline': false }],

      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-dynamic-delete': 'error',
      '@typescript-eslint/no-extraneous-class': 'error',
      '@typescript-eslint/no-invalid-void-type': 'error',
      '@typescript-eslint/no-misused-spread': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      '@typescript-eslint/unified-signatures': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Off: an activity fulfils an interface of promises whether or not it has something to wait for.
      '@typescript-eslint/require-await': 'off',

      // `x != null` means neither null nor undefined.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'max-params': ['error', 3],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // Off: names with control characters are what input checks look for.
      'no-control-regex': 'off',
    },
  },
  {
    // What the image of the worker holds; it is built without the development dependencies.
    name: 'readiness/shipped',
    files: ['{procedure,workflows,environment,activities,worker,client}/**/*.ts'],
    rules: { 'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }] },
  },
  {
    name: 'readiness/same-answer-every-time',
    files: ['procedure/**/*.ts', 'workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...plain('process', 'Buffer', 'fetch', 'performance', 'crypto'),
        {
          name: 'setTimeout',
          message: 'Workflows sleep with sleep() or condition(), which carry a summary.',
        },
        {
          name: 'setInterval',
          message: 'Workflows sleep with sleep() or condition(), which carry a summary.',
        },
      ],
    },
  },
  {
    name: 'readiness/pure',
    files: ['procedure/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'procedure/ is pure; take the time as an input.' },
        {
          object: 'Math',
          property: 'random',
          message: 'procedure/ is pure; take the random text as an input.',
        },
      ],
    },
  },
  {
    // Programs that people watch: what they print is their work.
    name: 'readiness/terminal',
    files: ['client/**/*.ts', 'lab/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'readiness/tests',
    files: ['test/**/*.ts'],
    rules: {
      // Off: expect(mock.method) takes methods without calling them.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'readiness/plain-javascript',
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'performance',
          'URL',
          'Buffer',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
]);
