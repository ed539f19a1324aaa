// Whether a vault is paused, kept where its next agent finds it.
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../../make-folder.ts'
import { writeJsonFile } from '../disk/json-file.ts'
import { removeIfThere } from '../disk/temp.ts'

export interface PauseMark {
  readonly isSet: boolean
  /** On disk for good when it returns. */
  set(): void
  clear(): void
}

/** A file that is there while the vault is paused. */
export class PauseFile implements PauseMark {
  private readonly file: string

  constructor(file: string) {
    this.file = file
  }

  get isSet(): boolean {
    return existsSync(this.file)
  }

  set(): void {
    makeFolder(dirname(this.file))
    writeJsonFile(this.file, { schema: 1 })
  }

  clear(): void {
    removeIfThere(this.file)
  }
}
