/** The dependency direction of docs/architecture.md, one message per rule. */
const room = (names) => `^server/src/(${[].concat(names).join('|')})/`;

/** Each room with the rooms it may import (itself is always allowed). */
const MAY_SEE = {
  base: [],
  protocol: [],
  hardware: ['base'],
  ir: ['base', 'hardware'],
  dag: ['base', 'hardware', 'ir'],
  lang: ['base', 'hardware', 'ir', 'dag'],
  schedule: ['base', 'hardware', 'ir', 'dag'],
  bounds: ['base', 'hardware', 'ir', 'dag', 'schedule'],
  sketch: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds'],
  lower: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds'],
  features: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'lower'],
  'cost-model': ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'lower', 'features'],
  search: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'sketch', 'lower', 'features', 'cost-model'],
  records: ['base', 'hardware', 'ir', 'dag', 'lang', 'schedule'],
  model: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'lower'],
  target: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'lower'],
  measure: ['base', 'hardware', 'ir', 'dag', 'schedule', 'bounds', 'lower', 'target'],
  session: ['base', 'protocol', 'hardware', 'ir', 'dag', 'lang', 'schedule', 'bounds', 'sketch', 'lower', 'features', 'cost-model', 'search', 'records', 'model', 'target', 'measure'],
  ide: ['base', 'protocol', 'hardware', 'ir', 'dag', 'lang', 'schedule', 'bounds', 'sketch', 'lower', 'features', 'cost-model', 'search', 'records', 'model', 'target'],
  desk: ['base', 'protocol', 'hardware', 'ir', 'dag', 'lang', 'schedule', 'bounds', 'sketch', 'lower', 'features', 'cost-model', 'search', 'records', 'model', 'target', 'measure', 'session', 'ide'],
};
const PURE = ['base', 'hardware', 'ir', 'dag', 'lang', 'schedule', 'bounds', 'sketch', 'lower', 'features', 'cost-model', 'search', 'records', 'model', 'ide'];

module.exports = {
  forbidden: [
    ...Object.entries(MAY_SEE).map(([name, sees]) => ({
      name: `${name}-sees-only-rooms-below`,
      comment: `server/src/${name} may import ${sees.length ? sees.join(', ') : 'nothing of ours'} and itself: imports go one way.`,
      severity: 'error',
      from: { path: room(name) },
      to: { path: '^(server/src|client|test)/', pathNot: room([name, ...sees]) },
    })),
    {
      name: 'pure-rooms-have-no-node-modules',
      comment: 'These rooms run in a web extension too: no IO, no clock, no node module.',
      severity: 'error',
      from: { path: room(PURE) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'cli-and-lsp-are-doors',
      comment: 'Nothing imports the command line or the language server.',
      severity: 'error',
      from: { path: '^(server/src|client)/', pathNot: '^server/src/(cli|lsp|main[^/]*$)' },
      to: { path: '^server/src/(cli|lsp)/' },
    },
    {
      name: 'lsp-is-the-only-place-with-the-protocol-library',
      comment: 'Only server/src/lsp imports vscode-languageserver.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: '^server/src/(lsp/|main)' },
      to: { path: 'node_modules/vscode-languageserver' },
    },
    {
      name: 'client-sees-only-protocol',
      comment: 'The client holds no scheduler logic: of the server it imports only protocol/.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^server/src/', pathNot: '^server/src/protocol/' },
    },
    {
      name: 'desk-is-for-the-doors',
      comment: 'Only the language server and the command line answer pages: the rest of the server does not know the desk.',
      severity: 'error',
      from: { path: '^(server/src|client)/', pathNot: '^server/src/(desk|cli|lsp|main[^/]*$)' },
      to: { path: '^server/src/desk/' },
    },
    { name: 'no-cycles', comment: 'No import cycles.', severity: 'error', from: { path: '^(server|client)/' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-orphan-packages', comment: 'Every imported package stands in package.json.', severity: 'error', from: { path: '^(server|client)/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(fixtures|golden|dist|out|\\.types)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
