// Puts the agent of one vault together from its edges.
import type { Logger } from '../../shared/ports.ts'
import { type Home, type JoinedVault, pauseFile, storeFolder } from '../config.ts'
import { FolderWatcher } from '../disk/folder-watcher.ts'
import { NodeDisk } from '../disk/node-disk.ts'
import { HttpBlobs } from '../link/http-blobs.ts'
import { createWsConnect } from '../link/ws-socket.ts'
import { LevelLocalStore } from '../store/level-local-store.ts'
import { PauseFile } from '../store/pause-mark.ts'
import { systemClock, systemRandom } from '../../system.ts'
import { VaultAgent } from '../vault-agent.ts'
import type { BuiltAgent } from './agent.ts'

/** An agent for `joined` on the real disk, store and network. Nothing happens until it is started. */
export function buildAgent(home: Home, joined: JoinedVault, logger: Logger): BuiltAgent {
  const clock = systemClock
  const random = systemRandom
  const { vault, device, folder, relay, token, only } = joined
  const disk = new NodeDisk({ root: folder, vault: vault.id, only, clock, random, logger })
  const store = new LevelLocalStore({
    folder: storeFolder(home, vault.id),
    logger,
    putDamagedAside: true,
  })
  const url = `${relay.replace(/^http/, 'ws')}/sync/${vault.id}`
  const agent = new VaultAgent({
    vault,
    device,
    folder,
    only,
    relayUrl: relay,
    pid: process.pid,
    disk,
    blobs: disk.blobs,
    remoteBlobs: new HttpBlobs({ relay, vault: vault.id, token }),
    watcher: new FolderWatcher({ disk, clock, logger }),
    store,
    pauseMark: new PauseFile(pauseFile(home, vault.id)),
    connect: createWsConnect({ url, token, clock }),
    clock,
    random,
    log: logger,
  })
  return { agent, disk }
}
