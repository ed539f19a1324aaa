// Which paths are left out of sync, and which are notes.
import { describe, expect, test } from 'vitest'
import { type VaultPath, parsePath } from '../../shared/vault-path.ts'
import { createIgnoreRules, isTextPath } from './ignore.ts'

function vaultPath(text: string): VaultPath {
  const parsed = parsePath(text)
  return parsed.ok ? parsed.path : expect.unreachable(text)
}

const builtIn = createIgnoreRules()
const isIgnored = (text: string, rules = builtIn) => rules.ignores(vaultPath(text), false)

describe('built-in rules', () => {
  test.each([
    ['HC-4', 'n.md~'],
    ['HC-5', '4913'],
    ['HC-5', 'a/4913'],
    ['HC-5', '.n.md.swp'],
    ['HC-5', 'a/.n.md.swo'],
    ['HC-5', '.#n.md'],
    ['HC-5', '#n.md#'],
    ['HC-5', '~$plan.docx'],
    ['HC-5', '.~lock.plan.odt#'],
    ['HC-6', 'A.bak'],
    ['HC-22', '.obsidian/workspace.json'],
    ['HC-22', '.obsidian/workspace-mobile.json'],
    ['HC-88', 'node_modules/x/readme.md'],
    ['HC-89', '.obsidian/plugins/x/main.js'],
    ['HC-89', '.obsidian/plugins/x/manifest.json'],
    ['HC-90', '.foo.md'],
    ['HC-90', 'a/.hidden/n.md'],
    ['HC-90', 'a/.obsidian/app.json'],
    ['HC-90', 'a/.undriftignore'],
    ['HC-90', '.UndriftIgnore'],
    ['HC-89', '.obsidian/plugins/x/styles.css'],
    ['HC-89', '.obsidian/plugins/x/lib/more.json'],
    ['HC-89', '.obsidian/plugins/loose.js'],
    ['HC-89', '.obsidian/snippets/x.js'],
    ['HC-89', '.obsidian/themes/T/run.sh'],
    ['HC-89', '.OBSIDIAN/plugins/x/MAIN.JS'],
    ['HC-90', '.obsidian/.hidden/app.json'],
    ['HC-90', '.obsidian/themes/.hidden.css'],
    ['an office', '~$report.docx'],
    ['an office', 'a/.~lock.table.ods#'],
    ['a save of JetBrains', 'n.md___jb_tmp___'],
    ['a save of JetBrains', 'a/n.md___jb_old___'],
    ['a save of macOS', 'n.md.sb-4a3f2c1b-AbCdEf'],
    ['a download', 'paper.pdf.crdownload'],
    ['a download', 'film.mp4.part'],
    ['litter', 'a/.DS_Store'],
    ['litter', 'a/._photo.jpg'],
    ['litter', 'thumbs.db'],
    ['litter', 'a/ehthumbs.db'],
    ['litter', 'Desktop.ini'],
    ['litter', 'a/Icon\r'],
    ['litter', 'download.tmp'],
    ['litter', '__MACOSX/a/photo.jpg'],
    ['litter', '$RECYCLE.BIN/x.png'],
    ['litter', 'System Volume Information/x'],
    ['litter', 'photos/@eaDir/x.jpg'],
    ['litter', '#recycle/x.jpg'],
    ['Syncthing', '.stfolder/marker'],
    ['Syncthing', '.stignore'],
    ['Syncthing', '.stversions/n.md'],
    ['Syncthing', '~syncthing~n.md.tmp'],
    ['Dropbox', '.dropbox'],
    ['Dropbox', '.dropbox.cache/x.png'],
    ['iCloud', 'a/.photo.jpg.icloud'],
    ['an NFS disk', '.nfs000000000123'],
  ])('PATH-20 %s leaves out %s', (_, path) => {
    expect(isIgnored(path)).toBe(true)
  })

  test.each([
    ['HC-89', '.obsidian/app.json'],
    ['HC-89', '.obsidian/snippets/x.css'],
    ['HC-89', '.obsidian/themes/T/theme.css'],
    ['HC-89', '.obsidian/themes/T/manifest.json'],
    ['HC-89', '.obsidian/hotkeys.json'],
    ['HC-89', '.obsidian/plugins/x/data.json'],
    ['HC-90 PATH-14', '.undriftignore'],
    ['HC-21', 'n.sync-conflict-20260101-120000-ABC.md'],
    ['HC-93', 'README'],
    ['an attachment', 'attachments/Pasted image 20260101120000.png'],
    ['an attachment', 'a/paper.pdf'],
    ['an attachment', 'board.canvas'],
    ['an attachment', 'table.base'],
    ['an attachment', 'drawing.excalidraw.md'],
    ['an attachment', 'plan.docx'],
    ['an attachment', 'song.mp3'],
    ['an attachment', 'Icons/x.svg'],
    ['an attachment', 'Icon'],
    ['an attachment', 'part/x.stl'],
    ['an attachment', 'site/index.html'],
    ['an attachment', 'code/main.js'],
    ['an attachment', 'lost+found in a book/x.md'],
    ['plain', 'a/b/n.md'],
    ['plain', 'C# notes.md'],
    ['plain', '#tag.md'],
    ['plain', '49130'],
    ['plain', '~.md'],
  ])('%s lets %s through', (_, path) => {
    expect(isIgnored(path)).toBe(false)
  })

  test('PATH-8 a folder that is ignored is not looked into', () => {
    for (const folder of ['node_modules', 'a/node_modules', '.cache']) {
      expect(builtIn.ignores(vaultPath(folder), true)).toBe(true)
    }
    for (const folder of ['a', '.obsidian', '.obsidian/plugins', '.obsidian/plugins/x']) {
      expect(builtIn.ignores(vaultPath(folder), true)).toBe(false)
    }
  })
})

describe('rules of the vault', () => {
  test('PATH-8 add to the built-in ones and may undo them', () => {
    const rules = createIgnoreRules('private/\n*.log\n!.foo.md\n!.obsidian/plugins/x/main.js\n')
    expect(isIgnored('private/n.md', rules)).toBe(true)
    expect(isIgnored('a/x.LOG', rules)).toBe(true)
    expect(isIgnored('.foo.md', rules)).toBe(false)
    expect(isIgnored('.obsidian/plugins/x/main.js', rules)).toBe(false)
    expect(isIgnored('n.md~', rules)).toBe(true)
  })

  test('PATH-14 never leave themselves out, nor let in another spelling', () => {
    const rules = createIgnoreRules('*\n!*.md\n!.UNDRIFTIGNORE\n')
    expect(isIgnored('.undriftignore', rules)).toBe(false)
    expect(isIgnored('.UNDRIFTIGNORE', rules)).toBe(true)
  })

  test('PATH-8 are those of a file that begins with a byte order mark, or has the line ends of Windows', () => {
    const rules = createIgnoreRules('\ufeffprivate/\r\n*.key\r\n')
    expect(isIgnored('private/n.md', rules)).toBe(true)
    expect(isIgnored('a.key', rules)).toBe(true)
  })

  test('CLI-31 each path that is left out has its reason', () => {
    const rules = createIgnoreRules('*.log\n!keep.log\n', ['Projects/**'])
    const explain = (path: string, isFolder = false) => rules.explain(vaultPath(path), isFolder)
    expect(explain('Projects/a.LOG')).toEqual({ rule: '*.log', source: '.undriftignore' })
    expect(explain('Projects/keep.log')).toBeUndefined()
    expect(explain('Projects/Thumbs.db')).toEqual({ rule: 'Thumbs.db', source: 'built-in' })
    expect(explain('.UndriftIgnore')).toEqual({ rule: '.*', source: 'built-in' })
    expect(explain('.undriftignore')).toBeUndefined()
    expect(explain('Archive', true)).toEqual({ rule: 'Projects/**', source: 'selection' })
    expect(explain('Projects', true)).toBeUndefined()
  })

  test('PATH-8 match whatever the Unicode form they are written in', () => {
    expect(isIgnored('caf\u00e9/n.md', createIgnoreRules('cafe\u0301/'))).toBe(true)
  })
})

test.each([
  ['n.md', true],
  ['N.MD', true],
  ['a/b.markdown', true],
  ['x.txt', true],
  ['md', false],
  ['x.md.png', false],
  ['README', false],
  ['.undriftignore', true],
  ['a/.undriftignore', false],
])('PATH-7 HC-93 %s is a note: %s', (path, expected) => {
  expect(isTextPath(vaultPath(path))).toBe(expected)
})
