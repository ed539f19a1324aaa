// What commands need of the agent of one vault, and how it is put together from its edges.
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/ports.ts'
import { type Home, type JoinedVault, storeFolder } from '../config.ts'
import type { Controls } from '../control/server.ts'
import { FolderWatcher } from '../disk/folder-watcher.ts'
import { isMarkerOf, readMarker } from '../disk/marker.ts'
import { NodeDisk } from '../disk/node-disk.ts'
import { createWsConnect } from '../link/ws-socket.ts'
import { LevelLocalStore } from '../store/level-local-store.ts'
import { systemClock, systemRandom } from '../system.ts'

/** What the first sync would do, in files. */
export type Preview = {
  readonly identical: number
  readonly merged: number
  readonly newHere: number
  readonly newThere: number
  readonly unsupported: number
}

export interface Agent extends Controls {
  /** Resolves once the first sweep is done. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Compares with the relay and changes nothing, on either side. */
  preview(): Promise<Preview>
}

export type BuiltAgent = { readonly agent: Agent; readonly disk: NodeDisk }
export type BuildAgent = (home: Home, joined: JoinedVault, logger: Logger) => BuiltAgent

/** Everything an agent stands on. */
export function buildPorts(home: Home, joined: JoinedVault, logger: Logger) {
  const clock = systemClock
  const random = systemRandom
  const { vault, device, folder, relay, token } = joined
  const disk = new NodeDisk({ root: folder, vault: vault.id, clock, random, logger })
  const store = new LevelLocalStore({
    folder: storeFolder(home, vault.id),
    logger,
    putDamagedAside: true,
  })
  const url = `${relay.replace(/^http/, 'ws')}/sync/${vault.id}`
  return {
    vault,
    device,
    folder,
    relayUrl: relay,
    disk,
    watcher: new FolderWatcher({ disk, clock, logger }),
    store,
    connect: createWsConnect({ url, token, clock }),
    clock,
    random,
    log: logger,
  }
}

/** Refuses a folder that another agent mirrors (HC-143) and a state that was copied here (HC-144). */
export function checkMarker({ vault, device, folder }: JoinedVault): void {
  const marker = readMarker(folder)
  if (marker === undefined) return
  const isOurs = marker.vault === vault.id && marker.device === device.id
  if (isOurs && isMarkerOf(marker, folder)) return
  if (isOurs) {
    const text = `${folder} was copied or moved here from another place or machine. The notes are safe. Run "undrift leave" on it and join again.`
    throw new AppError('replaced', text)
  }
  const text = `${folder} is mirrored by another device. The notes are safe. Leave the vault there, or here.`
  throw new AppError('locked', text)
}
