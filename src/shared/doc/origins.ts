// Why a transaction happened. Every transaction on a document names one of these.

/** `disk`: read from a file here. `remote`: came over the link. `load`: read from the store. */
export type Origin = 'disk' | 'remote' | 'load'
