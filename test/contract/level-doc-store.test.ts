import { rm } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LeveldbPersistence } from 'y-leveldb'
import { emptyUpdate } from '../../src/shared/doc/note-doc.ts'
import { LevelAccountStore } from '../../src/relay/store/level-account-store.ts'
import { LevelDatabase } from '../../src/relay/store/level-database.ts'
import { LevelDocStore } from '../../src/relay/store/level-doc-store.ts'
import { ledgerKey } from '../../src/relay/store/level-rows.ts'
import { fileId, noteUpdates, textOf, vaultId } from '../relay/support/hub-agent.ts'
import { openLevelStore, tempFolder } from '../relay/support/level-store.ts'
import { docStoreContract, entry } from './doc-store.ts'

const vault = vaultId('v')
const note = fileId('a')
const plenty = (): Promise<number> => Promise.resolve(2 ** 40)

describe('LevelDocStore', () => {
  const folders: string[] = []
  const folder = async (): Promise<string> => {
    const path = await tempFolder()
    folders.push(path)
    return path
  }
  afterEach(async () => {
    await Promise.all(folders.splice(0).map((path) => rm(path, { recursive: true })))
  })

  docStoreContract(async () => {
    const path = await folder()
    return { open: () => openLevelStore(path) }
  })

  test('STORE-1 y-leveldb reads the same folder', async () => {
    const path = await folder()
    const store = await openLevelStore(path)
    const updates = noteUpdates(Array.from({ length: 30 }, (_, i) => `${i} `))
    await store.append(updates.map((update, i) => entry(note, i + 1, update)))
    await store.append([{ ...entry(note, 32, emptyUpdate()), mtime: 7 }])
    await store.append([entry(fileId('b'), 33, noteUpdates(['other'])[0] ?? emptyUpdate())])
    await store.compact(vault, fileId('b'))
    await store.close()
    const theirs = new LeveldbPersistence(path)
    expect(await theirs.getAllDocNames()).toEqual([`${vault}/${note}`, `${vault}/${fileId('b')}`])
    const doc = await theirs.getYDoc(`${vault}/${note}`)
    expect(doc.getText('content').toString()).toBe(textOf(...updates))
    const second = await theirs.getYDoc(`${vault}/${fileId('b')}`)
    expect(second.getText('content').toString()).toBe('other')
    await theirs.destroy()
  })

  test('STORE-1 goes on in a folder that y-leveldb has compacted meanwhile', async () => {
    const path = await folder()
    const updates = noteUpdates(['one', ' two', ' three', ' four'])
    const first = await openLevelStore(path)
    await first.append(updates.slice(0, 3).map((update, i) => entry(note, i + 1, update)))
    await first.close()
    const theirs = new LeveldbPersistence(path)
    await theirs.getStateVector(`${vault}/${note}`)
    await theirs.destroy()
    const second = await openLevelStore(path)
    await second.append([entry(note, 4, updates[3] ?? emptyUpdate())])
    expect(textOf(...(await second.read(vault, note)))).toBe('one two three four')
    await second.close()
  })

  test('STORE-9 a second process on the folder is told so', async () => {
    const path = await folder()
    const store = await openLevelStore(path)
    await expect(openLevelStore(path)).rejects.toMatchObject({ code: 'locked' })
    await store.close()
  })

  test('STORE-4 HC-134 an almost full disk takes nothing more, can be read, and goes on when there is room', async () => {
    let free = 2 ** 40
    const path = await folder()
    await (await openLevelStore(path)).close()
    const store = await openLevelStore(path, () => Promise.resolve(free))
    const [seed = emptyUpdate(), edit = emptyUpdate()] = noteUpdates(['one', ' two'])
    free = 1024
    const refused = store.append([entry(note, 1, seed)])
    await expect(refused).rejects.toMatchObject({ code: 'storage-full' })
    expect(await store.read(vault, note)).toEqual([])
    free = 2 ** 40
    await store.append([entry(note, 2, seed)])
    await store.append([entry(note, 3, edit)])
    expect(textOf(...(await store.read(vault, note)))).toBe('one two')
    expect((await store.openVault(vault)).head).toBe(3)
    await store.close()
  })

  test('STORE-4 HC-134 accounts and compaction keep the reserve too, and what is only deleted may go', async () => {
    let free = 2 ** 40
    const database = new LevelDatabase(await folder(), () => Promise.resolve(free))
    await database.open()
    const store = new LevelDocStore({ database, newEpoch: () => 'e' })
    await store.start()
    const updates = noteUpdates(['one', ' two', ' three'])
    await store.append(updates.map((update, i) => entry(note, i + 1, update)))
    free = 1024
    const accounts = new LevelAccountStore(database)
    const full = { code: 'storage-full' }
    // The free space is looked at again after 64 batches at the latest.
    const puts = Array.from({ length: 64 }, () =>
      accounts.change([{ type: 'put-vault', vault: { id: vault, name: 'notes' } }]),
    )
    await expect(Promise.all(puts)).rejects.toMatchObject(full)
    await expect(store.compact(vault, note)).rejects.toMatchObject(full)
    await accounts.change([{ type: 'delete-invite', hash: 'none' }])
    expect(textOf(...(await store.read(vault, note)))).toBe('one two three')
    await store.close()
  })

  test('STORE-10 after a failed write the database is opened anew before the next, whoever makes it', async () => {
    const database = new LevelDatabase(await folder(), plenty)
    await database.open()
    const store = new LevelDocStore({ database, newEpoch: () => 'e' })
    await store.start()
    const accounts = new LevelAccountStore(database)
    const updates = noteUpdates(['one', ' two', ' three'])
    await store.append(updates.slice(0, 2).map((update, i) => entry(note, i + 1, update)))
    const opened = vi.spyOn(ClassicLevel.prototype, 'open')
    const failOnce = (): void =>
      void vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(new Error('EIO'))
    const addVault = (): Promise<void> =>
      accounts.change([{ type: 'put-vault', vault: { id: vault, name: 'notes' } }])
    failOnce()
    await expect(store.compact(vault, note)).rejects.toMatchObject({ code: 'storage' })
    await addVault()
    expect(opened).toHaveBeenCalledTimes(1)
    failOnce()
    await expect(addVault()).rejects.toMatchObject({ code: 'storage' })
    await store.append([entry(note, 3, updates[2] ?? emptyUpdate())])
    expect(opened).toHaveBeenCalledTimes(2)
    failOnce()
    await expect(store.beginEpoch().durable).rejects.toMatchObject({ code: 'storage' })
    await store.compact(vault, note)
    expect(opened).toHaveBeenCalledTimes(3)
    expect(textOf(...(await store.read(vault, note)))).toBe('one two three')
    expect((await store.openVault(vault)).head).toBe(3)
    vi.restoreAllMocks()
    await store.close()
  })

  test('STORE-10 RELAY-19 after a failed append the vault is opened anew before the next', async () => {
    const store = await openLevelStore(await folder())
    const [seed = emptyUpdate()] = noteUpdates(['one'])
    await store.openVault(vault)
    vi.spyOn(ClassicLevel.prototype, 'batch').mockRejectedValueOnce(new Error('ENOSPC'))
    const unsure = { code: 'storage' }
    await expect(store.append([entry(note, 1, seed)])).rejects.toMatchObject(unsure)
    await expect(store.append([entry(note, 2, seed)])).rejects.toMatchObject(unsure)
    expect((await store.openVault(vault)).head).toBe(0)
    await store.append([entry(note, 3, seed)])
    expect((await store.openVault(vault)).head).toBe(3)
    vi.restoreAllMocks()
    await store.close()
  })

  test('STORE-3 HC-137 a ledger with lines missing begins a new epoch', async () => {
    const path = await folder()
    const store = await openLevelStore(path)
    const { epoch } = await store.openVault(vault)
    const updates = noteUpdates(['one', ' two', ' three'])
    await store.append(updates.map((update, i) => entry(note, i + 1, update)))
    await store.close()
    const database = new LevelDatabase(path, plenty)
    await database.open()
    await database.write([{ type: 'del', key: ledgerKey(vault, 2) }])
    await database.close()
    const damaged = await openLevelStore(path)
    const after = await damaged.openVault(vault)
    expect([after.epoch === epoch, after.head]).toEqual([false, 3])
    await damaged.append([entry(note, 4, emptyUpdate())])
    await damaged.close()
    const again = await openLevelStore(path)
    expect((await again.openVault(vault)).epoch).toBe(after.epoch)
    await again.close()
  })
})
