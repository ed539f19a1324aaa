// Lint rules of the whole repository. Nothing here can be switched off by a comment: a rule that is
// wrong for one file gets an entry below, where a reviewer sees it. To ban something in a layer, add
// it to the lists at the top; which layer may import which is in .dependency-cruiser.cjs.
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const testFiles = ['**/*.test.ts']
const scriptFiles = ['**/*.{js,mjs,cjs}']

/** Decisions are made here: the same inputs give the same outputs, on every run and every device. */
const pureFiles = [
  'src/shared/**/*.ts',
  'src/agent/core/**/*.ts',
  'src/agent/mirror/**/*.ts',
  'src/relay/core/**/*.ts',
]
/** Of those, the ones that decide without waiting for anything. */
const synchronousFiles = ['src/agent/core/**/*.ts', 'src/relay/core/**/*.ts']

/** Where text for people and the environment are handled. */
const commandFiles = [
  'src/main.ts',
  'src/**/cli/**/*.ts',
  'src/**/cli.ts',
  'src/**/cli-*.ts',
  'src/**/config.ts',
]

const timers = ['setTimeout', 'setInterval', 'setImmediate']

const impureGlobals = [
  ...['Date', 'performance', ...timers].map((name) => ({
    name,
    message: 'Time comes in through the Clock port (shared/ports.ts).',
  })),
  ...['crypto', 'process', 'fetch', 'WebSocket', 'Buffer'].map((name) => ({
    name,
    message: 'Belongs to an edge; take it in through a port.',
  })),
]

const noMathRandom = {
  object: 'Math',
  property: 'random',
  message: 'Use the Random port (shared/ports.ts).',
}
const noEnvironment = {
  object: 'process',
  property: 'env',
  message: 'Settings are read once, in a config.ts or a command.',
}
const noExit = {
  object: 'process',
  property: 'exit',
  message: 'Only src/main.ts ends the process.',
}

const noBarrel = {
  selector: 'ExportAllDeclaration',
  message: 'Import from the module that defines it, not from a barrel.',
}
const noModuleState = {
  selector: 'Program > :matches(VariableDeclaration, ExportNamedDeclaration > *)[kind="let"]',
  message: 'State belongs to an object that someone starts and stops.',
}
const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing is called the same everywhere.',
}
const noAsync = {
  selector: ':function[async=true]',
  message: 'The core is synchronous: facts in, decision out.',
}
const sourceSyntax = [noBarrel, noModuleState, noDefaultExport]

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '**/golden/', '**/fixtures/']),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },

  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
      'no-param-reassign': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',

      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      // A `default` ends in `unreachable(...)`; it does not stand in for a case that was forgotten.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],

      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      // `text || fallback` also means "when empty".
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { string: true, boolean: true } },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Paths and notes are cut at code points, which is what spreading a string gives.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Yjs declares its `toString` where the rule does not look.
      '@typescript-eslint/no-base-to-string': [
        'error',
        { ignoredTypeNames: ['Error', 'RegExp', 'URL', 'URLSearchParams', 'YText'] },
      ],
      // Object types are written both ways: `interface` for ports, `type` for data and unions.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `return reject(error)` leaves early in one line; the compiler checks what matters about it.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Takes `if (this.stopped)` after an await for a condition that never holds.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A parser that returns the branded type its caller names.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // An in-memory implementation of an asynchronous port awaits nothing.
      '@typescript-eslint/require-await': 'off',
    },
  },

  {
    files: ['src/**/*.ts'],
    ignores: testFiles,
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', noMathRandom, noEnvironment, noExit],
      'no-restricted-syntax': ['error', ...sourceSyntax],
    },
  },
  {
    files: commandFiles,
    ignores: testFiles,
    rules: { 'no-restricted-properties': ['error', noMathRandom, noExit] },
  },
  {
    files: ['src/main.ts'],
    rules: { 'no-restricted-properties': ['error', noMathRandom] },
  },
  {
    files: pureFiles,
    ignores: testFiles,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'No Node built-ins here; use a port.' }] },
      ],
    },
  },
  {
    files: synchronousFiles,
    ignores: testFiles,
    rules: { 'no-restricted-syntax': ['error', ...sourceSyntax, noAsync] },
  },

  {
    files: testFiles,
    rules: {
      'no-restricted-globals': [
        'error',
        ...timers.map((name) => ({
          name,
          message: 'Await a condition (vi.waitFor, expect.poll), never a duration.',
        })),
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:timers', 'node:timers/promises'].map((name) => ({
            name,
            message: 'Await a condition (vi.waitFor, expect.poll), never a duration.',
          })),
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'vi', property: 'mock', message: 'Pass a fake from test/fakes instead.' },
        { object: 'vi', property: 'doMock', message: 'Pass a fake from test/fakes instead.' },
      ],
      // Asymmetric matchers such as `expect.any(String)` are typed `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },

  {
    // Plain JavaScript has no types to check; what it calls is Node's.
    files: scriptFiles,
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-undef': 'off' },
  },
)
