// The bytes of binary files in the vault's folder, and those on their way to it in `.undrift/tmp`.
import type { BlobDisk, Fingerprinted, Part, Readable } from '../blob/blob-disk.ts'
import type { BlobHash } from '../../shared/ids.ts'
import type { VaultPath } from '../../shared/vault-path.ts'
import type { FileStat } from '../core/facts.ts'
import { fingerprintFile, openFile, openPart } from './blob-files.ts'
import type { ConfinedFolder } from './confined.ts'
import { errorCode } from './problems.ts'
import type { TempFolder } from './temp.ts'

export class NodeBlobDisk implements BlobDisk {
  private readonly folder: ConfinedFolder
  private readonly temp: TempFolder

  constructor(folder: ConfinedFolder, temp: TempFolder) {
    this.folder = folder
    this.temp = temp
  }

  fingerprint(path: VaultPath, signal?: AbortSignal): Promise<Fingerprinted | undefined> {
    return this.withFile(path, (file) => fingerprintFile(file, signal))
  }

  openFile(path: VaultPath, expected: FileStat): Promise<Readable | undefined> {
    return this.withFile(path, (file) => openFile(file, expected))
  }

  openPart(hash: BlobHash): Promise<Part> {
    return openPart(this.temp.ownPart(hash))
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
    try {
      const located = this.folder.locate(path, true)
      return located.ok && located.stats?.isFile() ? await use(located.file) : undefined
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown
      return undefined
    }
  }
}
