// Composition root of the relay: builds it, starts it, stops it.
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../make-folder.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import { type VaultId, randomId } from '../shared/ids.ts'
import type { Clock, Logger, Random } from '../shared/ports.ts'
import { Accounts } from './accounts/accounts.ts'
import { Blobs } from './blobs/blobs.ts'
import { BlobCollector } from './blobs/collector.ts'
import { Hubs } from './hub/hubs.ts'
import { inviteLink, newApp } from './http/app.ts'
import { newAuthLimit } from './http/auth-limit.ts'
import { newAuthenticator } from './http/authenticate.ts'
import { type ClientAddress, newClientAddress } from './http/client-address.ts'
import { HttpServer } from './http/server.ts'
import { Ballast } from './store/ballast.ts'
import { FileBlobStore } from './store/file-blob-store.ts'
import { LevelAccountStore } from './store/level-account-store.ts'
import { LevelDatabase } from './store/level-database.ts'
import { LevelDocStore } from './store/level-doc-store.ts'
import { Sockets } from './ws/sockets.ts'
import { Upgrades } from './ws/upgrade.ts'

export type RelayOptions = {
  /** Where everything is kept. */
  folder: string
  host: string
  /** 0 takes a free one. */
  port: number
  /** How clients reach it; by default the address it listens on. */
  publicUrl: string | undefined
  /** Proxies whose X-Forwarded-For is believed, see `newClientAddress`. */
  trustedProxies: readonly string[]
  /** At most so much room is kept for opening the store on a full disk; 0 for none. */
  ballastBytes: number
  /** How long bytes stay that no vault's index names. */
  blobRetentionDays?: number
  clock: Clock
  random: Random
  log: Logger
}

/** `setup`: the link that makes its first user the owner, while there is none. */
export type RelayReady = { url: string; setup: string | undefined }

type Running = {
  sockets: Sockets
  hubs: Hubs
  collector: BlobCollector
  store: LevelDocStore
}

/** How long a replaced or deleted file can be had again. */
const usualRetentionDays = 30
const dayMs = 86_400_000

export class Relay {
  readonly #options: RelayOptions
  readonly #clientAddress: ClientAddress
  readonly #ballast: Ballast
  readonly #server = new HttpServer()
  #running: Running | undefined
  #isReady = false
  #stopping: Promise<void> | undefined

  /** Throws `usage` when the addresses of the proxies cannot be read. */
  constructor(options: RelayOptions) {
    this.#options = options
    this.#clientAddress = newClientAddress(options.trustedProxies)
    const { folder, ballastBytes: mostBytes } = options
    this.#ballast = new Ballast({ ...options, mostBytes, freeBytes: () => freeBytes(folder) })
  }

  /** Resolves when it serves. Throws `locked`, `storage`, `storage-full`, or `internal` for the port. Once only. */
  async start(): Promise<RelayReady> {
    const { host, port } = this.#options
    const url = `http://${inUrl(host)}:${await this.#server.listen(host, port)}`
    try {
      const database = await this.#openDatabase()
      return await this.#serve(database, this.#options.publicUrl ?? url)
    } catch (thrown) {
      await this.stop()
      throw thrown
    }
  }

  /** Tells the peers, makes durable what is under way, lets go of port and disk. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #serve(database: LevelDatabase, url: string): Promise<RelayReady> {
    const { folder, clock, random, log } = this.#options
    const store = new LevelDocStore({
      database,
      newEpoch: () => randomId<VaultId>(random),
    })
    const sockets = new Sockets(clock)
    const hubs = new Hubs({ store, clock, random, log })
    const accounts = new Accounts({
      store: new LevelAccountStore(database),
      clock,
      random,
      onRemoved: (device) => sockets.endDevice(device),
    })
    const blobStore = new FileBlobStore({
      folder: join(folder, 'blobs'),
      freeBytes: () => freeBytes(folder),
    })
    const blobs = new Blobs(blobStore)
    const retentionMs = (this.#options.blobRetentionDays ?? usualRetentionDays) * dayMs
    const collector = new BlobCollector({
      ...{ blobs, store: blobStore, docs: store },
      ...{ retentionMs, clock, log },
    })
    const limit = newAuthLimit()
    const admission = {
      accounts,
      authenticate: newAuthenticator(accounts, limit),
      clientAddress: this.#clientAddress,
    }
    const isReady = (): boolean => this.#isReady
    const app = newApp({
      ...{ ...admission, blobs, limit, log, publicUrl: url, isReady },
      onLacking: (vault, hash) => hubs.ifInUse(vault, (hub) => hub.lacks(hash)),
      onArrived: (vault, hash) => hubs.ifInUse(vault, (hub) => hub.arrived(hash)),
    })
    const upgrades = new Upgrades({ ...admission, hubs, sockets, clock, log, publicUrl: url })
    this.#running = { sockets, hubs, collector, store }
    await store.start()
    const secret = await accounts.prepareSetup()
    this.#server.serve({
      fetch: (request, env) => app.fetch(request, toBindings(env)),
      upgrade: (request, socket, head) => upgrades.handle(request, socket, head),
    })
    sockets.start()
    collector.start()
    this.#isReady = true
    return { url, setup: secret === undefined ? undefined : inviteLink(url, secret) }
  }

  async #openDatabase(): Promise<LevelDatabase> {
    const { folder } = this.#options
    try {
      makeFolder(folder)
    } catch (thrown) {
      throw new AppError('storage', `${folder} cannot be written`, thrown)
    }
    const database = new LevelDatabase(join(folder, 'store'), () => freeBytes(folder))
    try {
      await database.open()
    } catch (thrown) {
      if (toAppError(thrown).code !== 'storage-full') throw thrown
      await this.#ballast.drop()
      await database.open()
    }
    await this.#ballast.start()
    return database
  }

  async #stop(): Promise<void> {
    this.#isReady = false
    const closed = Promise.all([this.#server.close(), this.#ballast.stop()])
    if (this.#running === undefined) {
      await closed
      return
    }
    const { sockets, hubs, collector, store } = this.#running
    await collector.stop()
    await sockets.stop()
    await hubs.stop()
    await closed
    await store.close()
  }
}

/** An address of IPv6 stands in brackets there. */
function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function toBindings(env: unknown): object {
  return typeof env === 'object' && env !== null ? env : {}
}
