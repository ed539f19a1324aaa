// Child process of the kill -9 test: appends for ever and says on stdout which ledger number is durable.
// argv: folder, where the built program is.
import { pathToFileURL } from 'node:url'

const [, , folder, built] = process.argv
const load = (path) => import(pathToFileURL(`${built}/${path}`).href)
const { LevelDatabase } = await load('relay/store/level-database.js')
const { LevelDocStore } = await load('relay/store/level-doc-store.js')
const { seedNote } = await load('shared/doc/note-doc.js')

const freeBytes = () => Promise.resolve(2 ** 40)
const database = new LevelDatabase(folder, freeBytes)
await database.open()
const store = new LevelDocStore({ database, newEpoch: () => 'epoch' })
await store.start()
const vault = 'v'.repeat(26)
let { head } = await store.openVault(vault)

async function write() {
  for (;;) {
    const seq = ++head
    const doc = 'abcdefgh'.charAt(seq % 8).repeat(26)
    const update = seedNote(`<${seq}>`, seq)
    const entry = { vault, doc, seq, device: 'd'.repeat(26), session: undefined, time: seq }
    await store.append([{ ...entry, kind: 'update', update }])
    process.stdout.write(`${seq}\n`)
    if (seq % 400 === 0) await store.compact(vault, doc)
  }
}
await Promise.all(Array.from({ length: 20 }, write))
