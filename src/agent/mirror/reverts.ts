// Notes that were saved as exactly an earlier text: a stale buffer, or a program that brings several back.
import type { FileId } from '../../shared/ids.ts'

/** Notes that a checkout brings back are saved within this time of each other. */
const togetherMs = 1_000
/** If others come back too, one of them is known by then. */
export const companyMs = 250

type Revert = { readonly savedAt: number; readonly since: number }

export class Reverts {
  readonly #byId = new Map<FileId, Revert>()

  /**
   * Whether the note that was saved at `savedAt` came back together with others, and so was meant: no
   * editor saves several buffers that nobody typed into. Undefined while others may still come; then ask
   * again after `companyMs`. Times in ms.
   */
  hasCompany(id: FileId, savedAt: number, now: number): boolean | undefined {
    const known = this.#byId.get(id)
    const since = known?.savedAt === savedAt ? known.since : now
    this.#forgetOld(now)
    this.#byId.set(id, { savedAt, since })
    const isTogether = ([other, revert]: [FileId, Revert]): boolean =>
      other !== id && Math.abs(revert.savedAt - savedAt) <= togetherMs
    if ([...this.#byId].some(isTogether)) return true
    return now - since < companyMs ? undefined : false
  }

  #forgetOld(now: number): void {
    for (const [id, { since }] of this.#byId) if (now - since > togetherMs) this.#byId.delete(id)
  }
}
