// Every version of a binary file that simulated users wrote: which must still be had, and which may stand.
import { isUtf8 } from 'node:buffer'
import { blobHashOf } from '../../src/agent/blob/fingerprint.ts'
import { isTextPath } from '../../src/agent/core/ignore.ts'
import type { BlobHash, FileId } from '../../src/shared/ids.ts'
import { type VaultPath, pathKey } from '../../src/shared/vault-path.ts'

type Version = {
  readonly token: string
  /** How often it was written or copied, and how often somebody who had it before them took it away again. */
  copies: number
  ended: number
  /** Somebody who had it before them wrote another in its place. */
  isReplaced: boolean
  /** Its file may be taken for deleted where it was replaced, and then lives as it is elsewhere. */
  mayStand: boolean
  /** What it was made from. */
  readonly before: BlobHash | undefined
  /** What was written from it, or to one file or path with it: of these one has to win. */
  family: Family
}

type Family = { readonly versions: Set<BlobHash>; isMixed: boolean }

export class Versions {
  readonly #versions = new Map<BlobHash, Version>()
  /** By `pathKey`: names that differ in case are one file where two are born apart. */
  readonly #bornAt = new Map<string, BlobHash>()
  /** Names that were given to what is no version. */
  readonly #mixedAt = new Set<string>()
  readonly #firstOf = new Map<FileId, BlobHash>()
  #tokens = 0
  /** Notes that were made binary: their words may be in their history only. */
  readonly turned = new Set<FileId>()

  /** A number that no other version has. */
  next(): number {
    return this.#tokens++
  }

  /** A new file at `path`, or the next version of `file`, made from `before`. */
  written(path: VaultPath, bytes: Uint8Array, before?: Uint8Array, file?: FileId): void {
    const madeFrom = before === undefined ? undefined : blobHashOf(before)
    if (!isVersion(path, bytes)) {
      if (madeFrom === undefined || !this.#versions.has(madeFrom)) return
      this.#bornAt.set(pathKey(path), madeFrom)
      // What has no token may have won.
      this.#familyOf(madeFrom).isMixed = true
      return
    }
    const isKnown = madeFrom !== undefined && this.#versions.has(madeFrom)
    const sibling = isKnown ? madeFrom : this.#bornAt.get(pathKey(path))
    const hash = this.#add(bytes, before === undefined ? undefined : sibling)
    // Made from what is no version, such as a note: others may make theirs from that too.
    if (!isKnown) this.#bornAt.set(pathKey(path), hash)
    if (sibling !== undefined) this.#join(hash, sibling)
    // Two who change one file meet in it, whatever each of them had of it and wherever that was.
    if (file !== undefined) this.#join(hash, this.#firstVersionOf(file, hash))
    // A note may stand there too, and win.
    if (isTextPath(path) || this.#mixedAt.has(pathKey(path))) this.#familyOf(hash).isMixed = true
  }

  #firstVersionOf(file: FileId, hash: BlobHash): BlobHash {
    const first = this.#firstOf.get(file) ?? hash
    this.#firstOf.set(file, first)
    return first
  }

  /** What was born at `path` elsewhere may be taken for the same file. */
  renamed(path: VaultPath, bytes: Uint8Array): void {
    const hash = blobHashOf(bytes)
    const sibling = this.#bornAt.get(pathKey(path))
    if (sibling !== undefined) this.#join(hash, sibling)
    if (!this.#versions.has(hash)) {
      // What is no version may have won there.
      if (sibling !== undefined) this.#familyOf(sibling).isMixed = true
      this.#mixedAt.add(pathKey(path))
      return
    }
    this.#bornAt.set(pathKey(path), hash)
    this.#familyOf(hash).isMixed ||= isTextPath(path)
  }

  /** Somebody who had `before` before them wrote something else in its place. */
  replaced(before: Uint8Array): void {
    const version = this.#versions.get(blobHashOf(before))
    if (version !== undefined) version.isReplaced = true
  }

  /** Somebody put another file over one with these bytes, or took them where their agent could not look. */
  mayStand(hash: BlobHash): void {
    const version = this.#versions.get(hash)
    if (version !== undefined) version.mayStand = true
  }

  /** These bytes are gone from one place by a user's own doing. */
  ended(bytes: Uint8Array): void {
    const version = this.#versions.get(blobHashOf(bytes))
    if (version !== undefined) version.ended++
  }

  /** Versions that are nowhere, or stand where a later one should; `isHad`: in some trash or with the relay. */
  async check(
    files: ReadonlyMap<string, Uint8Array>,
    isHad: (hash: BlobHash) => Promise<boolean>,
  ): Promise<string[]> {
    const standing = new Map([...files].map(([path, bytes]) => [blobHashOf(bytes), path]))
    const faults: string[] = []
    for (const [hash, version] of this.#versions) {
      const { token, copies, isReplaced, mayStand } = version
      const isLast = !isOver(version)
      const path = standing.get(hash)
      const isOld = isReplaced && !mayStand && copies === 1
      if (path !== undefined && isOld) faults.push(`${path} is ${token}, which was replaced`)
      if (path !== undefined || !isLast) continue
      if (!(await isHad(hash))) faults.push(`${token} is lost`)
      if (!this.#hasWinner(version, standing)) faults.push(`${token} lost to nothing`)
    }
    return faults
  }

  /** One that won may have been taken away after that, unless this one was made from it: an edit brings it back. */
  #hasWinner(version: Version, standing: ReadonlyMap<BlobHash, string>): boolean {
    const { versions, isMixed } = version.family
    const origins = this.#originsOf(version)
    return (
      isMixed || [...versions].some((hash) => standing.has(hash) || this.#isRemoved(hash, origins))
    )
  }

  #isRemoved(hash: BlobHash, origins: ReadonlySet<BlobHash>): boolean {
    const version = this.#versions.get(hash)
    if (version === undefined || origins.has(hash)) return false
    return isOver(version) && !version.isReplaced
  }

  #originsOf({ before }: Version): ReadonlySet<BlobHash> {
    const origins = new Set<BlobHash>()
    for (let hash = before; hash !== undefined && !origins.has(hash);) {
      origins.add(hash)
      hash = this.#versions.get(hash)?.before
    }
    return origins
  }

  #add(bytes: Uint8Array, before: BlobHash | undefined): BlobHash {
    const hash = blobHashOf(bytes)
    const known = this.#versions.get(hash)
    if (known !== undefined) known.copies++
    else {
      const family: Family = { versions: new Set([hash]), isMixed: false }
      const token = tokenOf(bytes)
      const isNew = { copies: 1, ended: 0, isReplaced: false, mayStand: false }
      this.#versions.set(hash, { token, ...isNew, before, family })
    }
    return hash
  }

  #familyOf(hash: BlobHash): Family {
    return this.#versions.get(hash)?.family ?? { versions: new Set(), isMixed: false }
  }

  #join(a: BlobHash, b: BlobHash): void {
    const [ours, theirs] = [this.#familyOf(a), this.#familyOf(b)]
    ours.isMixed ||= theirs.isMixed
    for (const hash of theirs.versions) {
      ours.versions.add(hash)
      const version = this.#versions.get(hash)
      if (version !== undefined) version.family = ours
    }
  }
}

function isOver({ copies, ended }: Version): boolean {
  return ended >= copies
}

/** What a version is called in reports. */
export function tokenOf(bytes: Uint8Array): string {
  return /b\d+y/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? blobHashOf(bytes).slice(0, 8)
}

/** What a link says is one, wherever the link is. */
export function linkTarget(token: number): string {
  return `to-b${token}y`
}

function isVersion(path: VaultPath, bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false
  return !isTextPath(path) || !isUtf8(bytes) || isLinkTarget(bytes)
}

function isLinkTarget(bytes: Uint8Array): boolean {
  return /^to-b\d+y$/.test(Buffer.from(bytes).toString('latin1'))
}
