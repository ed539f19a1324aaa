// What commands need of the agent of one vault.
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/ports.ts'
import type { Home, JoinedVault } from '../config.ts'
import type { Controls } from '../control/server.ts'
import { isMarkerOf, readMarker } from '../disk/marker.ts'
import type { Preview } from '../mirror/preview.ts'

export interface Agent extends Controls {
  readonly isPaused: boolean
  /** Resolves once the first sweep is done; at once, and paused, where its last agent was paused. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Compares with the relay and changes nothing, on either side. */
  preview(): Promise<Preview>
}

export interface Startable {
  start(): Promise<void>
  stop(): Promise<void>
}

/** The disk starts before its agent and stops after it. */
export type BuiltAgent = { readonly agent: Agent; readonly disk: Startable }

/** Asynchronous, so that commands which need no agent do not load one. */
export type BuildAgent = (home: Home, joined: JoinedVault, logger: Logger) => Promise<BuiltAgent>

/** Refuses a folder that another agent mirrors (HC-143) and a state that was copied here (HC-144). */
export function checkMarker({ vault, device, folder }: JoinedVault): void {
  const marker = readMarker(folder)
  if (marker === undefined) return
  const isOurs = marker.vault === vault.id && marker.device === device.id
  if (isOurs && isMarkerOf(marker, folder)) return
  if (isOurs) {
    const what = `${folder} was copied or moved here from another place or machine`
    const todo = 'Run "undrift leave" on it and join again.'
    throw new AppError('replaced', `${what}. The notes are safe. ${todo}`)
  }
  const what = `${folder} is mirrored by another device`
  throw new AppError('locked', `${what}. The notes are safe. Leave the vault there, or here.`)
}
