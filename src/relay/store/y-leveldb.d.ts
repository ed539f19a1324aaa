// y-leveldb's own types do not resolve under nodenext; these are the parts of it we use.
declare module 'y-leveldb' {
  import type * as Y from 'yjs'

  /** Bytes of a key such as `['v1', doc, 'update', clock]`. */
  export const keyEncoding: {
    encode(key: (string | number)[]): Uint8Array
    decode(bytes: Uint8Array): (string | number)[]
  }

  export class LeveldbPersistence {
    constructor(location: string)
    getYDoc(doc: string): Promise<Y.Doc>
    getAllDocNames(): Promise<string[]>
    getStateVector(doc: string): Promise<Uint8Array>
    storeUpdate(doc: string, update: Uint8Array): Promise<number | null>
    destroy(): Promise<void>
  }
}
