// How editors save `.undriftignore`: in no moment of it may the rules be gone (PATH-8).
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Hint } from '../../src/agent/disk/disk.ts'
import { FolderWatcher } from '../../src/agent/disk/folder-watcher.ts'
import { RulesFile } from '../../src/agent/disk/rules-file.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { openDisk, tempFolder, vaultPath } from './helpers.ts'

const own = 'private/\n*.key\n'
const secret = vaultPath('private/diary.md')

/** A vault with a private folder, and what is told of it. */
async function withRules() {
  const root = tempFolder()
  const file = join(root, '.undriftignore')
  writeFileSync(file, own)
  mkdirSync(join(root, 'private'))
  writeFileSync(join(root, secret), 'dear diary')
  const clock = new ManualClock()
  const { disk } = await openDisk(root, clock)
  let due = 0
  disk.onRulesDue(() => (due += 1))
  const lists = async (path = secret) => (await disk.list()).entries.has(path)
  expect(await lists()).toBe(false)
  return { root, file, clock, disk, lists, dueTimes: () => due }
}

test('PATH-8 rules that are truncated and then written hide private files all the time', async () => {
  const { file, clock, lists, disk, dueTimes } = await withRules()
  truncateSync(file)
  expect(await lists()).toBe(false)
  clock.advance(1999)
  expect(await lists()).toBe(false)
  writeFileSync(file, `${own}*.pem\n`)
  expect(await lists()).toBe(false)
  expect(disk.rules().ignores(vaultPath('a.pem'), false)).toBe(true)
  clock.advance(10_000)
  expect(dueTimes()).toBe(0)
})

test('PATH-8 rules that are half written do not count', async () => {
  const { file, clock, lists } = await withRules()
  writeFileSync(file, '*.k')
  expect(await lists()).toBe(false)
  clock.advance(1500)
  writeFileSync(file, '*.key\n')
  clock.advance(1500)
  expect(await lists()).toBe(false)
})

test('PATH-8 rules that are removed and then renamed into place hide private files all the time', async () => {
  const { root, file, clock, lists } = await withRules()
  writeFileSync(join(root, '.new'), own)
  rmSync(file)
  expect(await lists()).toBe(false)
  clock.advance(1999)
  expect(await lists()).toBe(false)
  renameSync(join(root, '.new'), file)
  expect(await lists()).toBe(false)
  clock.advance(10_000)
  expect(await lists()).toBe(false)
})

test.each<[string, (file: string) => void]>([
  ['emptied', (file) => truncateSync(file)],
  ['shortened', (file) => writeFileSync(file, '*.key\n')],
  ['removed', (file) => rmSync(file)],
])('PATH-8 rules that stay %s count after 2 s, and that is told', async (_, change) => {
  const { file, clock, lists, disk, dueTimes } = await withRules()
  change(file)
  expect(await lists()).toBe(false)
  expect([dueTimes(), disk.areRulesSettled()]).toEqual([0, false])
  clock.advance(2000)
  expect(dueTimes()).toBe(1)
  expect(await lists()).toBe(true)
  expect(disk.areRulesSettled()).toBe(true)
  clock.advance(60_000)
  expect(dueTimes()).toBe(1)
})

test('PATH-8 longer rules count at once', async () => {
  const { root, file, lists } = await withRules()
  writeFileSync(join(root, 'a.md'), '')
  expect(await lists(vaultPath('a.md'))).toBe(true)
  writeFileSync(file, `${own}a.md\n`)
  expect(await lists(vaultPath('a.md'))).toBe(false)
})

test('PATH-11 rules that cannot be read, being a link, are a problem until they can', async () => {
  const root = tempFolder()
  const file = join(root, '.undriftignore')
  symlinkSync('elsewhere', file)
  const clock = new ManualClock()
  const { disk } = await openDisk(root, clock)
  let due = 0
  disk.onRulesDue(() => (due += 1))
  expect(disk.rulesProblem()).toBeDefined()
  clock.advance(60_000)
  await disk.list()
  expect([disk.rulesProblem() !== undefined, due]).toEqual([true, 0])
  rmSync(file)
  writeFileSync(file, own)
  clock.advance(2_000)
  expect(due).toBe(1)
  expect(disk.rulesProblem()).toBeDefined()
  await disk.list()
  expect(disk.rulesProblem()).toBeUndefined()
  expect(disk.rules().ignores(secret, false)).toBe(true)
})

test.each([
  ['too long', '\n'.repeat(32 * 1024)],
  ['too much', '**/a/**/a/**/a/**/b\n'],
])('PATH-40 rules that are %s are a problem until they are changed', async (_, more) => {
  const root = tempFolder()
  const file = join(root, '.undriftignore')
  writeFileSync(file, own)
  const clock = new ManualClock()
  const { disk } = await openDisk(root, clock)
  expect(disk.rulesProblem()).toBeUndefined()
  writeFileSync(file, own + more)
  let due = 0
  disk.onRulesDue(() => (due += 1))
  await disk.list()
  clock.advance(60_000)
  expect([disk.rulesProblem() !== undefined, due]).toEqual([true, 0])
  expect(disk.rules().ignores(secret, false)).toBe(true)
  writeFileSync(file, `${own}*.pem\n`)
  clock.advance(2_000)
  expect(due).toBe(1)
  await disk.list()
  clock.advance(2_000)
  await disk.list()
  expect(disk.rulesProblem()).toBeUndefined()
  expect(disk.rules().ignores(vaultPath('a.pem'), false)).toBe(true)
})

/** Something happens to the file while it is read for the first time. */
class RacingRules extends RulesFile {
  meanwhile: (() => void) | undefined

  protected override read(): string {
    const text = super.read()
    this.meanwhile?.()
    this.meanwhile = undefined
    return text
  }
}

test.each<[string, (file: string) => void]>([
  ['written to', (file) => writeFileSync(file, own)],
  ['removed', (file) => rmSync(file)],
])(
  'PATH-11 rules that are %s while they are read are unknown until they are read again',
  (_, act) => {
    const root = tempFolder()
    const file = join(root, '.undriftignore')
    writeFileSync(file, 'priv')
    const clock = new ManualClock()
    const rules = new RacingRules({ root, clock, logger: silentLogger })
    onTestFinished(() => rules.stop())
    let due = 0
    rules.onDue(() => (due += 1))
    rules.meanwhile = () => act(file)
    rules.reload()
    expect(rules.problem).toBeDefined()
    writeFileSync(file, own)
    clock.advance(2_000)
    expect(due).toBe(1)
    rules.reload()
    expect(rules.problem).toBeUndefined()
    expect(rules.current.ignores(secret, false)).toBe(true)
  },
)

test('PATH-12 a folder in the place of the rules is listed, gives no rules, and holds nothing', async () => {
  const root = tempFolder()
  const folder = join(root, '.undriftignore')
  mkdirSync(folder)
  writeFileSync(join(folder, 'x.md'), 'x')
  const { disk } = await openDisk(root, new ManualClock())
  for (const part of [undefined, vaultPath('.undriftignore')]) {
    const { entries, problems } = await disk.list(part)
    expect([...problems.keys()]).toEqual(['.undriftignore'])
    expect([...entries.values()].filter(({ kind }) => kind === 'file')).toEqual([])
  }
  expect(disk.rulesProblem()).toBeUndefined()
  rmSync(folder, { recursive: true })
  writeFileSync(folder, own)
  expect((await disk.list()).problems.size).toBe(0)
  expect(disk.rules().ignores(secret, false)).toBe(true)
})

test('PATH-12 rules that a folder has replaced for 2 s are no longer in force', async () => {
  const { file, clock, lists } = await withRules()
  rmSync(file)
  mkdirSync(file)
  expect(await lists()).toBe(false)
  clock.advance(2000)
  expect(await lists()).toBe(true)
})

test('PATH-8 the watcher hints at everything when rules are due, a stopped disk tells nothing', async () => {
  const { file, clock, lists, disk } = await withRules()
  const watcher = new FolderWatcher({ disk, clock, logger: silentLogger })
  onTestFinished(() => watcher.stop())
  const hints: Hint[] = []
  await watcher.start((hint) => hints.push(hint))
  truncateSync(file)
  await lists()
  hints.length = 0
  clock.advance(2000)
  expect(hints).toContainEqual({ type: 'tree', folder: undefined })
  writeFileSync(file, own)
  await lists()
  rmSync(file)
  await lists()
  await disk.stop()
  let due = 0
  disk.onRulesDue(() => (due += 1))
  clock.advance(60_000)
  expect(due).toBe(0)
})
