// The bytes of binary files in the vault's folder, and those on their way to it in `.undrift/tmp`.
import type { BlobDisk, Fingerprinted, Part, Readable } from '../blob/blob-disk.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileStat, Unreadable } from '../core/facts.ts'
import { fingerprintFile, openFile, openPart } from './blob-files.ts'
import type { ConfinedFolder } from './confined.ts'
import { errorCode, whyUnread } from './problems.ts'
import type { TempFolder } from './temp.ts'

export class NodeBlobDisk implements BlobDisk {
  private readonly folder: ConfinedFolder
  private readonly temp: TempFolder

  constructor(folder: ConfinedFolder, temp: TempFolder) {
    this.folder = folder
    this.temp = temp
  }

  async fingerprint(
    path: VaultPath,
    signal?: AbortSignal,
  ): Promise<Fingerprinted | Unreadable | undefined> {
    try {
      return await this.withFile(path, (file) => fingerprintFile(file, signal))
    } catch (thrown) {
      signal?.throwIfAborted()
      return whyUnread(thrown)
    }
  }

  async openFile(path: VaultPath, expected: FileStat): Promise<Readable | undefined> {
    try {
      return await this.withFile(path, (file) => openFile(file, expected))
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
      return undefined
    }
  }

  openPart(hash: BlobHash, size: number): Promise<Part> {
    return openPart(this.temp.ownPart(hash), size)
  }

  async keepParts(wanted: ReadonlySet<BlobHash>): Promise<void> {
    try {
      this.temp.keepParts(wanted)
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
    }
  }

  private async withFile<Result>(
    path: VaultPath,
    use: (file: string) => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    const located = this.folder.locate(path, true)
    return located.ok && located.stats?.isFile() ? await use(located.file) : undefined
  }
}
