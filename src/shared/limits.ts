// Every limit that both sides must agree on, with its unit in its name.

/** Largest text note; a larger file is treated like a binary one. */
export const maxNoteBytes = 16 * 1024 * 1024
/** Largest binary file. */
export const maxBlobBytes = 16 * 1024 ** 3
/** Most hashes in one question, and most chunks of one file: twice `maxBlobBytes` in chunks of the usual size. */
export const maxHashesAtOnce = 1_000
export const maxBlobParts = 65_536
/** Largest encoded Yjs update of one message. */
export const maxUpdateBytes = 48 * 1024 * 1024
/** Largest state of a document: it always fits into one update, whichever way it was put together. */
export const maxStateBytes = 47 * 1024 * 1024
/** Largest WebSocket frame. */
export const maxFrameBytes = 64 * 1024 * 1024
/** A sender starts a new frame beyond this size. */
export const targetFrameBytes = 64 * 1024
/** Most messages in one frame. */
export const maxMessagesPerFrame = 4096
export const maxPathBytes = 1000
export const maxPathPartBytes = 255
/** A path has no more names: what rules do with one grows fast with its folders. */
export const maxPathParts = 64
export const maxDeviceNameChars = 80
export const maxInviteUses = 1_000
export const maxInviteDays = 366
