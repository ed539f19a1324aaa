// The version of the sync protocol. Any change of a message's bytes fails test/golden until this moves too.
// 1  2026-11  hello, compare, pull, seed, update, find /
//             welcome, changes, missing, state, exists, update, ack, refused, found, bye
// 2  2026-11  found says only whether the text is known; no state comes with it
// 3  2026-11  seed, update, state and exists say when a note was written

export const protocolVersion = 3

/**
 * WebSocket subprotocol (RFC 6455 1.9) of the sync connection. It moves only when `hello` or `bye` do: by these
 * an agent of another version is told so.
 */
export const subprotocol = 'undrift.1'

/** Prefix of the subprotocol in which a browser, which cannot set headers, carries its token. */
export const tokenSubprotocolPrefix = 'bearer.'
