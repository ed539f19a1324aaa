// Folders of notes and their pictures: makes them, edits them, and tells when two are the same.
import fs from 'node:fs'
import path from 'node:path'
import { sleep } from './measure.mjs'
import { randomFrom } from './random.mjs'

/**
 * `count` notes of 0.5 to 7.5 KB, 25 to a folder, folders up to two deep, and with every fiftieth note a picture of
 * 50 to 500 KB. Returns the paths of the notes.
 */
export function makeNotes(dir, count, { seed = 1, under = '' } = {}) {
  const random = randomFrom(seed)
  const words = Array.from({ length: 3000 }, () => syllables(random, 1 + random(4)))
  const word = () => words[Math.floor(3000 ** (random(1e6) / 1e6)) % 3000]
  return Array.from({ length: count }, (_, i) => {
    const topic = Math.floor(i / 25)
    const folder = path.join(`area ${topic % 20}`, `topic ${topic}`)
    const rel = path.join(under === '' ? folder : under, `${word()} ${word()} ${i}.md`)
    fs.mkdirSync(path.dirname(path.join(dir, rel)), { recursive: true })
    fs.writeFileSync(path.join(dir, rel), prose(random, word, 500 + random(7000)))
    if (i % 50 === 49) {
      const picture = path.join(path.dirname(rel), `image ${i}.png`)
      fs.writeFileSync(path.join(dir, picture), noise(random(1e9), 50_000 + random(450_000)))
    }
    return rel
  })
}

function syllables(random, count) {
  const all = 'ka lo mi ter ven sol dra pen qui ros tal ine mor est ul bra cen dor'.split(' ')
  return Array.from({ length: count + 1 }, () => all[random(all.length)]).join('')
}

function prose(random, word, length) {
  let text = `# ${word()} ${word()}\n\n`
  while (text.length < length) {
    text +=
      Array.from({ length: 6 + random(18) }, word).join(' ') + (random(4) === 0 ? '.\n\n' : '.\n')
  }
  return text
}

/** Bytes that nothing can compress or find twice, by `seed`. */
export function noise(seed, length) {
  const numbers = new Uint32Array(Math.ceil(length / 4))
  let state = (seed | 1) >>> 0
  for (let i = 0; i < numbers.length; i++) {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    numbers[i] = state >>>= 0
  }
  return Buffer.from(numbers.buffer, 0, length)
}

/** Puts `line` in, by a new file that takes the name (`atomic`) or into the file itself. */
export function insertLine(file, line, { at = -1, atomic = true } = {}) {
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  lines.splice(at, 0, line)
  const text = lines.join('\n')
  const temp = path.join(path.dirname(file), `.bench-${process.pid}.tmp`)
  if (atomic) fs.writeFileSync(temp, text)
  const since = performance.now()
  if (atomic) fs.renameSync(temp, file)
  else fs.writeFileSync(file, text)
  return { text, since }
}

/** All files below `dir` by path, with their stats. */
function listFiles(dir, ignore = () => false) {
  const files = new Map()
  const open = (rel) => {
    for (const entry of fs.readdirSync(path.join(dir, rel), { withFileTypes: true })) {
      const inner = path.join(rel, entry.name)
      if (ignore(inner) || entry.name.startsWith('.bench-')) continue
      if (entry.isDirectory()) open(inner)
      else files.set(inner, fs.lstatSync(path.join(dir, inner)))
    }
  }
  open('')
  return files
}

/**
 * Waits until `b` has exactly the files of `a`. Returns when the last change there was (ms since the
 * epoch, by the disk's own clock), so that looking seldom costs no precision.
 */
export async function untilSame(a, b, ignore, timeoutMs) {
  const wanted = listFiles(a, ignore)
  const equal = new Map()
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    const began = performance.now()
    const changedAt = compare({ a, b, ignore, wanted, equal })
    if (changedAt !== undefined) return changedAt
    await sleep(Math.max(40, 10 * (performance.now() - began)))
  }
  throw new Error('the folders did not become the same in time')
}

/** When the last change in `b` was, or undefined while it differs. */
function compare({ a, b, ignore, wanted, equal }) {
  const found = listOrNothing(b, ignore)
  if (found.size !== wanted.size) return undefined
  let last = 0
  for (const [rel, { size }] of wanted) {
    const there = found.get(rel)
    if (there?.size !== size) return undefined
    last = Math.max(last, there.ctimeMs)
  }
  for (const rel of wanted.keys()) {
    const { ino, ctimeMs } = found.get(rel)
    const key = `${ino} ${ctimeMs}`
    if (equal.get(rel) === key) continue
    if (!isEqual(path.join(a, rel), path.join(b, rel))) return undefined
    equal.set(rel, key)
  }
  return last
}

function listOrNothing(dir, ignore) {
  try {
    return listFiles(dir, ignore)
  } catch {
    return new Map()
  }
}

function isEqual(a, b) {
  try {
    return fs.readFileSync(a).equals(fs.readFileSync(b))
  } catch {
    return false
  }
}
