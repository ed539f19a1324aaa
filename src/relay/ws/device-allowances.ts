// How much of one device may wait at the relay and be answered at once, over all its connections.
import type { DeviceId } from '../../shared/ids.ts'
import { Allowance } from './allowance.ts'
import { AnswerTurns } from './answer-turns.ts'

/** `pulls` are all questions for a document, a standard editor's too; an agent of ours asks for far less. */
export type DeviceAllowance = {
  readonly edits: Allowance
  readonly pulls: AnswerTurns
  readonly finds: AnswerTurns
}

const mebibyte = 1024 * 1024

export function newDeviceAllowance(): DeviceAllowance {
  return {
    edits: new Allowance({ items: 1_000_000, bytes: 256 * mebibyte }),
    pulls: new AnswerTurns({ items: 100_000, bytes: 64 * mebibyte, atOnce: 8 }),
    finds: new AnswerTurns({ items: 64, bytes: 64 * 1024, atOnce: 1 }),
  }
}

type Shared = { connections: number; readonly allowance: DeviceAllowance }

export class DeviceAllowances {
  readonly #shared = new Map<DeviceId, Shared>()

  /** The allowance of a device that connects; `release` it when that connection is gone. */
  acquire(device: DeviceId): DeviceAllowance {
    this.#forgetIdle()
    const shared = this.#shared.get(device) ?? { connections: 0, allowance: newDeviceAllowance() }
    this.#shared.set(device, shared)
    shared.connections += 1
    return shared.allowance
  }

  release(device: DeviceId): void {
    const shared = this.#shared.get(device)
    if (shared !== undefined) shared.connections -= 1
  }

  /** Whoever connects anew finds counted what of theirs is still on its way to the store. */
  #forgetIdle(): void {
    for (const [device, { connections, allowance }] of this.#shared) {
      if (connections === 0 && isIdle(allowance)) this.#shared.delete(device)
    }
  }
}

function isIdle({ edits, pulls, finds }: DeviceAllowance): boolean {
  return [edits, pulls.allowance, finds.allowance].every(({ isUntouched }) => isUntouched)
}
