// Times the text diff on the cases of the design's table. Needs a build; `node --expose-gc` steadies it.
import { applySplices } from '../dist/shared/text/splice.js'
import { diffText } from '../dist/shared/text/diff.js'
import { randomFrom } from './lib/random.mjs'

const random = randomFrom(7)
const vocabulary = Array.from({ length: 3000 }, (_, i) => `w${i.toString(36)}`)
const words = (count) => Array.from({ length: count }, () => vocabulary[random(vocabulary.length)])

/** About `size` characters of lines of ten words or so. */
function prose(size) {
  const lines = []
  for (let length = 0; length < size; length += lines.at(-1).length) {
    lines.push(`${words(6 + random(9)).join(' ')}\n`)
  }
  return lines.join('')
}

function withEdits(text, count) {
  const lines = text.split('\n')
  for (let i = 0; i < count; i++) {
    const at = random(lines.length - 1)
    const line = lines[at].split(' ')
    if (i % 4 === 0) lines.splice(at, 0, words(9).join(' '))
    else line[random(line.length)] = words(1)[0]
    if (i % 4 !== 0) lines[at] = line.join(' ')
  }
  return lines.join('\n')
}

function reflow(text, width) {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    if (lines.at(-1).length + word.length > width) lines.push('')
    lines[lines.length - 1] += lines.at(-1) === '' ? word : ` ${word}`
  }
  return lines.join('\n')
}

function shuffled(lines) {
  const left = [...lines]
  for (let i = left.length - 1; i > 0; i--) {
    const j = random(i + 1)
    ;[left[i], left[j]] = [left[j], left[i]]
  }
  return left
}

const kb100 = prose(100_000)
const mb5 = prose(5_000_000)
const log = Array.from({ length: 100_000 }, () => ['ok', 'ping', 'retry'][random(3)])
const oneLine = words(2_500_000).join(' ')
const mb16 = prose(16 * 1024 * 1024)
const changed = (text) => `${text.slice(0, text.length >> 1)}~${text.slice((text.length >> 1) + 1)}`

const cases = {
  '100K, 40 edits': [kb100, withEdits(kb100, 40)],
  '100K reflow': [kb100, reflow(kb100, 60)],
  '100K unrelated': [kb100, prose(100_000)],
  '100K LF to CRLF': [kb100, kb100.replaceAll('\n', '\r\n')],
  '100K lines shuffled': [kb100, shuffled(kb100.split('\n')).join('\n')],
  '5M, 200 edits': [mb5, withEdits(mb5, 200)],
  '5M, 20000 edits': [mb5, withEdits(mb5, 20_000)],
  '5M reflow': [mb5, reflow(mb5, 60)],
  '5M unrelated': [mb5, prose(5_000_000)],
  '5M one line of words, shuffled': [
    oneLine.slice(0, 5e6),
    shuffled(oneLine.slice(0, 5e6).split(' ')).join(' '),
  ],
  '0.4M log of 3 lines, edited': [log.join('\n'), log.filter((_, i) => i % 97 !== 0).join('\n')],
  '0.4M log of 3 lines, other': [log.join('\n'), shuffled(log).join('\n')],
  '5M of a, two more': ['a'.repeat(5e6), `b${'a'.repeat(5e6)}c`],
  '10M line, one change': [oneLine.slice(0, 1e7), changed(oneLine.slice(0, 1e7))],
  '16M, one change': [mb16, changed(mb16)],
}

for (const [name, [before, after]] of Object.entries(cases)) {
  const started = performance.now()
  const splices = diffText(before, after)
  const ms = performance.now() - started
  const moved = splices.reduce((sum, { remove, insert }) => sum + remove + insert.length, 0)
  const exact = applySplices(before, splices) === after ? '' : '  WRONG'
  console.log(
    `${name.padEnd(32)}${ms.toFixed(0).padStart(6)} ms${String(splices.length).padStart(7)} ops${String(moved).padStart(10)} chars${exact}`,
  )
}
