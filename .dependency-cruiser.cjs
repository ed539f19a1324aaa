// Who may import whom. One arrow:
//   shared <- agent/core, relay/core <- edges <- agent.ts, vault-agent.ts, relay.ts <- cli <- main.ts
// and agent, relay and web never see each other. Type-only imports count as imports.
// A new sole importer goes into the table `onlyIn`; everything else is a rule of its own below.
'use strict'

const test = '\\.test\\.ts$|^test/'
const cli = '/cli(/|-[a-z-]+\\.ts$|\\.ts$)'
const main = '^src/main\\.ts$'
const roots = '^src/(agent/agent|agent/vault-agent|relay/relay)\\.ts$'

/** [package, where it may be imported, why there] */
const onlyIn = [
  ['chokidar', ['^src/agent/disk/watcher\\.ts$'], 'its blind spots are covered in one place'],
  [
    'classic-level',
    ['^src/agent/store/level-[^/]*\\.ts$', '^src/relay/store/'],
    'storage stays behind the LocalStore and DocStore ports',
  ],
  ['y-leveldb', ['^src/relay/store/'], 'the layout of the relay’s documents is known in one place'],
  ['commander', [main, cli], 'arguments are parsed once, at the outside'],
  [
    'ws',
    ['^src/relay/(ws|http)/', '^src/agent/link/ws-socket\\.ts$'],
    'the rest sees a socket port, so it runs without a network',
  ],
  ['hono', ['^src/relay/(ws|http)/'], 'requests end where they enter'],
  ['range-parser', ['^src/relay/http/'], 'requests end where they enter'],
  ['p-queue', ['^src/agent/blob/transfers\\.ts$'], 'transfers are put in order in one place'],
  ['@fastify/proxy-addr', ['^src/relay/(ws|http)/'], 'requests end where they enter'],
  ['@hono/node-server', ['^src/relay/(ws|http)/'], 'requests end where they enter'],
]

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Type-only cycles too: two modules that need each other are one module.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What ships runs on `dependencies` alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'source-without-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: test },
    },

    {
      name: 'shared-is-the-bottom',
      severity: 'error',
      from: { path: '^src/shared/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/shared/' },
    },
    {
      name: 'core-sees-shared-only',
      severity: 'error',
      from: { path: '^src/(agent|relay)/core/', pathNot: test },
      to: { path: '^src/', pathNot: ['^src/shared/', '^src/$1/core/'] },
    },
    {
      name: 'pure-without-node',
      comment: 'The simulation runs this code on a clock, a disk and a network of its own.',
      severity: 'error',
      from: { path: '^src/(shared|agent/core|agent/mirror|relay/core)/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-without-documents',
      comment: 'A decision is made from facts; what a Yjs document says is read before.',
      severity: 'error',
      from: { path: '^src/(agent|relay)/core/', pathNot: test },
      to: { path: '(^|/)node_modules/(yjs|y-protocols)/' },
    },
    {
      name: 'mirror-sees-ports',
      comment: 'Of disk, store and link the mirror knows the interfaces, never an implementation.',
      severity: 'error',
      from: { path: '^src/agent/mirror/', pathNot: test },
      to: { path: '^src/agent/(disk|store|link)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'agent-relay-web-apart',
      comment: 'They share src/shared and the protocol, nothing else.',
      severity: 'error',
      from: { path: '^src/(agent|relay|web)/', pathNot: test },
      to: { path: '^src/(agent|relay|web)/', pathNot: '^src/$1/' },
    },
    {
      name: 'roots-above-edges',
      comment: 'An edge is built by a composition root and does not know it.',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, roots, cli, main] },
      to: { path: roots },
    },
    {
      name: 'time-and-chance-from-above',
      comment: 'Everything below takes clock and random numbers as ports.',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, roots, cli, main] },
      to: { path: '^src/system\\.ts$' },
    },
    {
      name: 'cli-above-roots',
      severity: 'error',
      from: { path: '^src/', pathNot: [test, cli, main] },
      to: { path: cli },
    },
    {
      name: 'main-on-top',
      severity: 'error',
      from: {},
      to: { path: main },
    },

    ...onlyIn.map(([name, places, why]) => ({
      name: `sole-importer-${name.replace(/[@/]/g, '')}`,
      comment: `Only ${places.join(', ')}: ${why}.`,
      severity: 'error',
      from: { path: '^src/', pathNot: [test, ...places] },
      to: { path: `(^|/)node_modules/(@types/)?${name}/` },
    })),
  ],

  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
}
