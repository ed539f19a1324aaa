import { describe, expect, test } from 'vitest'
import { MemoryDocStore, newMemoryDisk } from '../../src/relay/store/memory-doc-store.ts'
import { emptyUpdate } from '../../src/shared/doc/note-doc.ts'
import { fileId, turns, vaultId } from '../relay/support/hub-agent.ts'
import { docStoreContract, entry } from './doc-store.ts'

describe('MemoryDocStore', () => {
  docStoreContract(() => {
    const disk = newMemoryDisk('epoch')
    return Promise.resolve({ open: () => Promise.resolve(new MemoryDocStore(disk)) })
  })

  test('STORE-2 a crash loses exactly what was not settled', async () => {
    const disk = newMemoryDisk('epoch')
    let release = (): void => undefined
    const settle = (): Promise<void> => new Promise((resolve) => void (release = resolve))
    const store = new MemoryDocStore(disk, settle)
    const lost = store.append([entry(fileId('a'), 1, emptyUpdate())])
    await turns()
    store.crash()
    release()
    await expect(lost).rejects.toMatchObject({ code: 'storage' })
    expect((await new MemoryDocStore(disk).openVault(vaultId('v'))).head).toBe(0)
  })
})
