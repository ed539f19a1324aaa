// Opens LevelDB for the local store: the only importer of classic-level.
import { ClassicLevel } from 'classic-level'
import { AppError } from '../../shared/errors.ts'

export type Db = ClassicLevel<Uint8Array, Uint8Array>
export type BatchOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Throws `AppError`: `locked` when another process has it, else see `toStoreError`. */
export async function openLevel(folder: string): Promise<Db> {
  const db: Db = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' })
  try {
    await db.open()
    return db
  } catch (thrown) {
    throw toStoreError(thrown)
  }
}

/**
 * Writes all of it or nothing, synced. An array given to `batch` costs seven times what the same
 * operations cost one by one, since each is copied and looked at for hooks.
 */
export async function writeBatch(db: Db, operations: readonly BatchOperation[]): Promise<void> {
  const batch = db.batch()
  for (const operation of operations) {
    if (operation.type === 'put') batch.put(operation.key, operation.value)
    else batch.del(operation.key)
  }
  await batch.write({ sync: true })
}

/** `locked`, `storage-full`, or `storage` for all else. */
export function toStoreError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const chain = causes(thrown)
  const text = chain.map((error) => error.message).join(': ')
  if (chain.some((error) => 'code' in error && error.code === 'LEVEL_LOCKED')) {
    return new AppError('locked', 'another agent has this vault', thrown)
  }
  if (/no space left|ENOSPC|quota/i.test(text)) {
    return new AppError('storage-full', 'the disk with the local store is full', thrown)
  }
  return new AppError('storage', `the local store: ${text}`, thrown)
}

/** Whether the store itself is bad, not the way to it (no permission, too many open files, disk full). */
export function isDamage(thrown: unknown): boolean {
  const isIo = causes(thrown).some((error) => 'code' in error && error.code === 'LEVEL_IO_ERROR')
  return !isIo && toStoreError(thrown).code === 'storage'
}

function causes(thrown: unknown): Error[] {
  if (!(thrown instanceof Error)) return []
  return [thrown, ...causes(thrown.cause)]
}
