// Holds docs/SPEC.md and the tests to each other: every rule has a test whose title begins with the
// rule's id, no test claims a rule that is not there, and the rules of a part stand in order. Does the
// same for the hard cases HC-1 to HC-188: each has a test, or a reason in docs/hard-cases-later.json why
// that comes later. And every source file that docs/ARCHITECTURE.md names is there.
// `--write` makes the table docs/HARD-CASES.md anew and drops reasons that are no longer needed.
//
// A title may begin with several ids: 'HC-12 SYNC-3 a stale buffer deletes nothing'. Skipped tests
// and `todo` prove nothing and do not count. Where a title is computed, as in a table of rows, every
// string of that file that begins with an id is taken for a title.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const lastCase = 188
const specFile = 'docs/SPEC.md'
const casesFile = 'docs/HARD-CASES.md'
const laterFile = 'docs/hard-cases-later.json'
const architectureFile = 'docs/ARCHITECTURE.md'

/** Names of standards look like ids and are none: 'UTF-16 files are binary'. */
const leadingIds = /^(?:(?!UTF|SHA|AES|ISO|RFC)[A-Z][A-Z0-9]*-\d+(?=[\s:,]|$)[\s:,]*)+/
const anyId = /[A-Z][A-Z0-9]*-\d+/g
/** `- **SYNC-3** ...`, `**SYNC-3** ...` or `### SYNC-3 ...` */
const ruleLine = /^(?:\s*[-*]\s+\*\*|\*\*|#{1,6}\s+\**)([A-Z][A-Z0-9]*-\d+)\b/

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const write = process.argv.includes('--write')
const complaints = []

const titles = testFiles().flatMap(titlesIn)
const rules = readRules()
const cases = casesByNumber(titles)
checkRules()
checkCases()
checkNamedFiles()

for (const complaint of complaints) console.error(complaint)
const tested = [...cases.values()].filter((found) => found.length > 0).length
console.log(
  `spec: ${rules.size} rules, ${titles.length} test titles with an id, ` +
    `${tested} of ${lastCase} hard cases tested, ${complaints.length} complaints`,
)
process.exitCode = complaints.length > 0 ? 1 : 0

/** As `agent/mirror/hints.ts`, below src/. */
function checkNamedFiles() {
  const named = readFileSync(architectureFile, 'utf8').matchAll(/`([a-z]+(?:\/[a-z0-9-]+)+\.ts)`/g)
  for (const file of new Set([...named].map(([, name]) => name))) {
    if (!existsSync(join('src', file))) complaints.push(`${architectureFile}: there is no ${file}`)
  }
}

/** Tests stand beside the source; suites that several implementations run stand under test/. */
function testFiles() {
  const under = (folder) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true }).map((name) =>
          join(folder, name).replaceAll('\\', '/'),
        )
      : []
  return [
    ...under('src').filter((name) => name.endsWith('.test.ts')),
    ...under('test').filter((name) => name.endsWith('.ts')),
  ].sort()
}

/** The titles of a file's tests that begin with an id: [{ ids, text, file, line }]. */
function titlesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const strings = []
  let computed = false
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) strings.push(node)
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      const [title] = node.arguments
      if (title !== undefined && ts.isStringLiteralLike(title) && !/^[$%]/.test(title.text)) {
        found.push(title)
      } else if (title !== undefined && !isTestTable(node.expression)) {
        if (ts.isTemplateExpression(title) && title.head.text !== '') found.push(title.head)
        else computed = true
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return (computed ? strings : found).flatMap((node) => {
    const ids = leadingIds.exec(node.text)?.[0].match(anyId)
    if (!ids) return []
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
    return [{ ids, text: node.text.replace(leadingIds, ''), file, line }]
  })
}

/** `test`, `it` and what they are decorated with, except what keeps a test from running. */
function isTest(callee) {
  if (ts.isIdentifier(callee)) return callee.text === 'test' || callee.text === 'it'
  if (ts.isPropertyAccessExpression(callee)) {
    return !['skip', 'todo', 'extend'].includes(callee.name.text) && isTest(callee.expression)
  }
  if (ts.isCallExpression(callee)) return isTest(callee.expression)
  return ts.isTaggedTemplateExpression(callee) && isTest(callee.tag)
}

/** The inner call of `test.each(rows)('title', ...)`: its argument is rows, not a title. */
function isTestTable(callee) {
  return ts.isPropertyAccessExpression(callee) && /^(each|for|skipIf|runIf)$/.test(callee.name.text)
}

function readRules() {
  const found = new Map()
  if (!existsSync(specFile)) {
    complaints.push(`${specFile} is missing`)
    return found
  }
  const highest = new Map()
  let fenced = false
  for (const [index, text] of readFileSync(specFile, 'utf8').split('\n').entries()) {
    if (text.startsWith('```')) fenced = !fenced
    const id = fenced ? undefined : ruleLine.exec(text)?.[1]
    if (id === undefined) continue
    const line = index + 1
    if (id.startsWith('HC-')) complaints.push(`${specFile}:${line}: ${id} is a case, not a rule`)
    else if (found.has(id)) complaints.push(`${specFile}:${line}: ${id} stands there twice`)
    else found.set(id, line)
    const [part, number] = id.split('-')
    if (Number(number) < (highest.get(part) ?? 0)) {
      complaints.push(`${specFile}:${line}: ${id} stands after a higher number`)
    }
    highest.set(part, Number(number))
  }
  return found
}

function casesByNumber(all) {
  const byNumber = new Map(Array.from({ length: lastCase }, (_, index) => [index + 1, []]))
  for (const title of all) {
    for (const id of title.ids.filter((one) => one.startsWith('HC-'))) {
      const known = byNumber.get(Number(id.slice(3)))
      if (known) known.push(title)
      else complaints.push(`${title.file}:${title.line}: there is no case ${id}`)
    }
  }
  return byNumber
}

function checkRules() {
  const named = new Set()
  for (const { ids, file, line } of titles) {
    for (const id of ids.filter((one) => !one.startsWith('HC-'))) {
      named.add(id)
      if (!rules.has(id)) complaints.push(`${file}:${line}: a test names ${id}, not in ${specFile}`)
    }
  }
  for (const [id, line] of rules) {
    if (!named.has(id)) complaints.push(`${specFile}:${line}: rule ${id} has no test`)
  }
}

function checkCases() {
  const later = readLater()
  const reasonOf = (n) => later.find(({ from, to }) => n >= from && n <= to)?.reason
  for (const [n, found] of cases) {
    if (found.length === 0 && reasonOf(n) === undefined) {
      complaints.push(`HC-${n} has neither a test nor a reason in ${laterFile}`)
    }
  }
  const table = casesTable(reasonOf)
  if (write) {
    writeFileSync(casesFile, table)
    const open = later.filter(({ from, to }) =>
      [...cases].some(([n, found]) => n >= from && n <= to && found.length === 0),
    )
    const entries = open.map(({ key, reason }) => [key, reason])
    writeFileSync(laterFile, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`)
  } else if (!existsSync(casesFile) || readFileSync(casesFile, 'utf8') !== table) {
    complaints.push(`${casesFile} is out of date: run node scripts/check-spec.mjs --write`)
  }
}

/** `{ "HC-22": reason, "HC-25..HC-45": reason }`; a single case goes before a range. */
function readLater() {
  if (!existsSync(laterFile)) return []
  const entries = Object.entries(JSON.parse(readFileSync(laterFile, 'utf8')))
  const parsed = entries.flatMap(([key, reason]) => {
    const match = /^HC-(\d+)(?:\.\.HC-(\d+))?$/.exec(key)
    if (match) return [{ key, reason, from: Number(match[1]), to: Number(match[2] ?? match[1]) }]
    complaints.push(`${laterFile}: "${key}" is neither HC-n nor HC-n..HC-m`)
    return []
  })
  return parsed.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from)
}

function casesTable(reasonOf) {
  const rows = [...cases].map(([n, found]) => {
    const places = [...new Set(found.map(({ file, text }) => `${text} (\`${file}\`)`))].sort()
    const cell = places.length > 0 ? places.join('; ') : `later: ${reasonOf(n) ?? '?'}`
    return `| HC-${n} | ${cell.replaceAll('|', '\\|')} |`
  })
  return [
    '# Hard cases',
    '',
    'Which test holds which case. Made by `node scripts/check-spec.mjs --write`; do not edit.',
    '',
    '| case | test |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
