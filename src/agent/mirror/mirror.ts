// The loop of one vault: receive, sweep, observe, plan, brake, publish, follow. One turn at a time, so
// every document and every file has one owner. Whatever fails unexpectedly ends the session: the next
// one starts from what is durable.
import { type AppError, toAppError } from '../../shared/errors.ts'
import { INDEX, type SessionId, randomId } from '../../shared/ids.ts'
import type { AgentMessage } from '../../shared/protocol/agent-message.ts'
import type { RelayMessage } from '../../shared/protocol/relay-message.ts'
import { ignoreFileName } from '../../shared/vault-path.ts'
import { dropExpired } from '../core/stale-base.ts'
import { decodeText } from '../core/text.ts'
import type { Hint } from '../disk/disk.ts'
import type { Link } from '../link/relay-link.ts'
import { wantedBlobs } from './blobs.ts'
import { Brake, type Held } from './brake.ts'
import { wakeRested } from './contested.ts'
import type { MirrorContext } from './context.ts'
import { separateDoubles } from './doubles.ts'
import { followFolders, noFolders, planFolders } from './folders.ts'
import { follow, prepareFollow } from './follow.ts'
import { type Down, type Inbound, Inbox, sizeOf } from './inbox.ts'
import { ingestLate } from './ingest.ts'
import { type MirrorPorts, newContext } from './new-context.ts'
import { retryAll, retryFailed } from './not-done.ts'
import { observe } from './observe.ts'
import { planTurn } from './plan-turn.ts'
import { type Preview, previewOf } from './preview.ts'
import { publish } from './publish.ts'
import { isNothingQueued } from './queue.ts'
import { Receiver } from './receive.ts'
import { unstage } from './relocate.ts'
import { type MirrorReport, reportOf } from './report.ts'
import { resumeLeaving } from './resume.ts'
import { rulesDue, rulesHere } from './rules-first.ts'
import { sweep } from './sweep.ts'

export type MirrorEvents = {
  /** After every turn that leaves nothing to do at once. */
  onIdle(): void
  /** The session is over: nothing more happens until a new one starts from the store. */
  onCrash(reason: AppError): void
}

const retryFailedMs = 2_000
/** What comes in is made durable whenever so much has: it need not stay in memory until it is on disk. */
const bytesPerCommit = 1024 * 1024
/** Every event can be missed: the whole vault is looked at again this often. */
const sweepEveryMs = 300_000

export class Mirror {
  readonly session: SessionId
  readonly #context: MirrorContext
  readonly #brake: Brake
  readonly #receiver: Receiver
  readonly #ports: MirrorPorts
  readonly #events: MirrorEvents
  readonly #link: Link
  readonly #inbox = new Inbox()
  #late: Extract<Hint, { type: 'late-write' }>[] = []
  #state: 'new' | 'idle' | 'running' | 'again' | 'stopped' = 'new'
  #turns: Promise<void> = Promise.resolve()
  #cancelTimer: () => void = () => undefined
  #retryFailedAt: number | undefined
  #lastDown: Down | undefined
  #isListening = false
  /** What a former session broke off is taken up. */
  #isResumed = false
  /** What earlier runs fetched for nothing is to go, also when there is room. */
  #isRoomDue = true

  constructor(ports: MirrorPorts, events: MirrorEvents) {
    this.#ports = ports
    this.#events = events
    this.session = randomId<SessionId>(ports.random)
    this.#link = ports.openLink({
      onUp: () => this.#deliver({ type: 'up' }),
      onMessages: (messages) => this.#deliver({ type: 'messages', messages }),
      onDown: (reason, isFatal) => this.#deliver({ type: 'down', reason, isFatal }),
    })
    this.#context = newContext(ports, {
      wake: () => this.wake(),
      send: (messages) => this.#send(messages),
      onDiskFull: () => {
        this.#isRoomDue = true
        this.wake()
      },
    })
    this.#brake = new Brake(this.#context)
    this.#receiver = new Receiver(this.#context, this.session)
  }

  /** Why the relay is not connected; undefined while it is. */
  get lastDown(): Down | undefined {
    return this.#lastDown
  }

  /** Whether a connection to the relay is open; never after the session has ended. */
  get isConnected(): boolean {
    return !this.#isStopped() && this.#receiver.phase.type !== 'offline'
  }

  /** Whether all that the relay had is here, so that this device may read and write. */
  get isCaughtUp(): boolean {
    return this.#receiver.phase.type === 'live'
  }

  /** What waits for a person to confirm it. */
  get held(): Held | null {
    return this.#brake.held
  }

  /** How many sweeps of the whole folder are finished. */
  get sweeps(): number {
    return this.#context.scan.generation
  }

  report(): Promise<MirrorReport> {
    const { isConnected, held } = this
    return reportOf(this.#context, { isConnected, held, missing: this.#receiver.missing })
  }

  /** Compares the folder with what the relay has; once caught up. */
  preview(): Promise<Preview> {
    return previewOf(this.#context)
  }

  /** Lets through what the brake holds. */
  confirm(): void {
    this.#brake.confirm()
    this.wake()
  }

  /** Only hears what the relay has: nothing is read from or written to the folder. */
  async listen(): Promise<void> {
    await this.#open()
    if (this.#isStopped()) return
    this.#isListening = true
    this.#state = 'idle'
    this.#link.start()
  }

  /** Resolves after the first sweep. The relay may be out of reach all the while. */
  async start(): Promise<void> {
    const context = this.#context
    await this.#open()
    for (const [id, stat] of await context.disk.listStaged()) context.staged.set(id, stat)
    if (this.#isStopped()) return
    await this.#ports.watcher.start((hint) => this.hint(hint))
    if (this.#isStopped()) return this.#ports.watcher.stop()
    this.#context.scan.watching = true
    this.#state = 'idle'
    context.hints.addTree(undefined)
    this.#link.start()
    this.wake()
    await this.#turns
  }

  async #open(): Promise<void> {
    const { ledger, index, pending } = this.#context
    await ledger.open()
    for (const id of await index.refresh()) pending.add(id)
  }

  /** Lets the running turn end and makes everything durable. */
  async stop(): Promise<void> {
    const wasRunning = this.#state !== 'new' && this.#state !== 'stopped'
    this.#state = 'stopped'
    this.#cancelTimer()
    this.#link.stop()
    await this.#ports.watcher.stop()
    this.#context.scan.watching = false
    await this.#turns
    this.#context.fingerprints.stop()
    if (wasRunning) await this.#context.ledger.flush()
    await this.#context.transfers.stop()
  }

  hint(hint: Hint): void {
    const { hints, clock } = this.#context
    if (hint.type === 'path') hints.add(hint.path, clock.now())
    else if (hint.type === 'tree') hints.addTree(hint.folder)
    else this.#late.push(hint)
    this.wake()
  }

  /** Nothing is left to do, to send or to hear, as far as this device can know. */
  get isSynced(): boolean {
    return (
      // In the middle of a turn what is being done is in none of the lists.
      this.#state === 'idle' &&
      this.#receiver.phase.type === 'live' &&
      this.#inbox.size === 0 &&
      this.#late.length === 0 &&
      !this.#brake.isFolderHeld &&
      isNothingQueued(this.#context)
    )
  }

  wake(): void {
    if (this.#state === 'running') this.#state = 'again'
    if (this.#state !== 'idle') return
    this.#state = 'running'
    this.#turns = this.#run()
  }

  async #run(): Promise<void> {
    this.#cancelTimer()
    try {
      let isBusy = true
      while (isBusy && !this.#isStopped()) {
        this.#state = 'running'
        isBusy = (await this.#turn()) || this.#isWokenAgain()
        if (isBusy) await this.#letOthers()
      }
      if (this.#isStopped()) return
      await this.#compactLong()
      await this.#context.ledger.flush()
      if (this.#isWokenAgain()) {
        this.#state = 'idle'
        this.wake()
        return
      }
      this.#context.notes.rest()
      this.#state = 'idle'
      this.#setTimer()
      this.#events.onIdle()
    } catch (thrown) {
      this.#crash(thrown)
    }
  }

  /** A turn may wait for nothing but microtasks: commands, the relay and transfers have their turn in between. */
  #letOthers(): Promise<void> {
    return new Promise((resolve) => this.#context.clock.after(0, resolve))
  }

  async #compactLong(): Promise<void> {
    const { ledger, notes, clock } = this.#context
    for (const doc of ledger.long()) {
      if (doc !== INDEX) {
        const { earlier } = ledger.facts(doc)
        const left = dropExpired(earlier, clock.now())
        if (left.length < earlier.length) ledger.change(doc, { earlier: left })
      }
      await notes.compact(doc)
    }
  }

  #isStopped(): boolean {
    return this.#state === 'stopped'
  }

  #isWokenAgain(): boolean {
    return this.#state === 'again'
  }

  /** True when there may be more to do at once. */
  async #turn(): Promise<boolean> {
    const context = this.#context
    const hasHeard = await this.#receive()
    if (this.#isListening) return hasHeard
    await this.#sweepDue()
    if (!(await this.#brake.checkFolder())) return hasHeard
    if (this.#receiver.phase.type !== 'live') return hasHeard
    await this.#resume()
    await separateDoubles(context)
    await this.#ingestLateWrites()
    this.#retryFailed()
    wakeRested(context)
    await this.#makeRoom()
    await unstage(context)
    const rulesBefore = rulesHere(context)
    const rules = rulesDue(context)
    const observed = await observe(context, rules && ignoreFileName)
    const tasks = this.#brake.filter(await planTurn(context, observed, rules))
    const places = this.#receiver.takePlaces()
    const folders = rules === undefined ? await planFolders(context) : noFolders
    await publish(context, tasks, observed.moved, [...places, ...folders.edits])
    const plan = await prepareFollow(context, tasks)
    await context.ledger.flush()
    context.outbox.flush()
    await follow(context, tasks, plan)
    await followFolders(context, folders)
    if (folders.remove.length > 0) retryAll(context)
    // All is looked at again under other rules.
    if (rulesHere(context) !== rulesBefore) context.hints.addTree(undefined)
    return hasHeard || tasks.length > 0 || places.length > 0 || context.hints.hasTrees
  }

  async #receive(): Promise<boolean> {
    const hasNews = this.#inbox.size > 0
    let bytes = 0
    for (const inbound of this.#inbox.take()) {
      await this.#take(inbound)
      bytes += sizeOf(inbound)
      if (bytes < bytesPerCommit) continue
      await this.#context.ledger.flush()
      bytes = 0
    }
    return hasNews
  }

  async #take(inbound: Inbound): Promise<void> {
    switch (inbound.type) {
      case 'up':
        return this.#receiver.up()
      case 'down':
        this.#lastDown = inbound
        return this.#receiver.down()
      case 'messages':
        return await this.#hear(inbound.messages)
    }
  }

  async #hear(messages: readonly RelayMessage[]): Promise<void> {
    if (this.#receiver.phase.type === 'offline') return
    const fault = await this.#receiver.receive(messages)
    if (fault !== undefined) this.#link.restart(fault)
    if (this.#receiver.phase.type !== 'live') return
    this.#lastDown = undefined
    this.#link.settled()
  }

  async #sweepDue(): Promise<void> {
    const { hints, clock } = this.#context
    if (clock.now() - this.#context.scan.startedAt >= sweepEveryMs) hints.addTree(undefined)
    const folders = hints.takeTrees()
    if (folders.length === 0) return
    const isFull = folders.includes(undefined)
    if (isFull) this.#context.scan.startedAt = clock.now()
    for (const folder of folders) await sweep(this.#context, folder)
    if (!isFull) return
    this.#context.scan.generation++
    this.#context.scan.finishedAt = clock.now()
  }

  async #resume(): Promise<void> {
    if (this.#isResumed) return
    this.#isResumed = true
    await resumeLeaving(this.#context)
  }

  async #ingestLateWrites(): Promise<void> {
    const late = this.#late
    this.#late = []
    for (const { bytes, replaced } of late) {
      const decoded = decodeText(bytes)
      if (decoded.ok) await ingestLate(this.#context, decoded.text, replaced)
    }
  }

  #retryFailed(): void {
    const { clock } = this.#context
    if (this.#retryFailedAt === undefined || clock.now() < this.#retryFailedAt) return
    this.#retryFailedAt = undefined
    this.#isRoomDue ||= this.#context.problems.has('disk-full')
    retryFailed(this.#context)
  }

  async #makeRoom(): Promise<void> {
    if (!this.#isRoomDue) return
    this.#isRoomDue = false
    await this.#ports.blobs.keepParts(wantedBlobs(this.#context))
  }

  #setTimer(): void {
    const { hints, failed, clock, staged, outbox, vanished, folders, contested } = this.#context
    const now = clock.now()
    const isLive = this.#receiver.phase.type === 'live' && !this.#brake.isFolderHeld
    const isReading = isLive && !outbox.isFull
    const only = rulesDue(this.#context) && ignoreFileName
    const hasRetries = isLive && failed.size + staged.size > 0
    if (hasRetries) this.#retryFailedAt ??= now + retryFailedMs
    const times = [
      this.#context.scan.startedAt + sweepEveryMs,
      isReading ? hints.nextDue(only) : undefined,
      isReading ? vanished.due() : undefined,
      isLive && only === undefined ? folders.nextDue() : undefined,
      hasRetries ? this.#retryFailedAt : undefined,
      isLive ? contested.nextDue() : undefined,
      this.#brake.isFolderHeld ? now + retryFailedMs : undefined,
    ].filter((time) => time !== undefined)
    const delayMs = Math.max(1, Math.min(...times) - now)
    this.#cancelTimer = clock.after(delayMs, () => this.wake())
  }

  #deliver(inbound: Inbound): void {
    this.#inbox.put(inbound)
    this.wake()
  }

  /** What is not sent is sent again once the new connection is caught up. */
  #send(messages: readonly AgentMessage[]): void {
    if (!this.#inbox.isReconnected) this.#link.send(messages)
  }

  #crash(thrown: unknown): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#link.stop()
    this.#events.onCrash(toAppError(thrown))
  }
}
