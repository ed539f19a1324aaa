// Both local stores against the one suite.
import { MemoryLocalStore, StoreMemory } from '../../src/agent/store/memory-local-store.ts'
import { LevelLocalStore } from '../../src/agent/store/level-local-store.ts'
import { silentLogger } from '../fakes/silent-logger.ts'
import { tempFolder } from '../agent-edges/helpers.ts'
import { describeLocalStore } from './local-store-suite.ts'

describeLocalStore('in memory', () => {
  const memory = new StoreMemory()
  return () => new MemoryLocalStore(memory)
})

describeLocalStore('LevelDB', () => {
  const folder = `${tempFolder()}/store`
  return () => new LevelLocalStore({ folder, logger: silentLogger })
})
