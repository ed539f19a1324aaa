// The connections of one vault: agents, which hear every edit, and editors, which hear those of one document.
import type { ErrorCode } from '../../shared/errors.ts'
import type { DocId, SessionId } from '../../shared/ids.ts'
import type { News } from '../../shared/protocol/relay-message.ts'
import type { HubMember, Published } from './hub-member.ts'

export class Members {
  readonly #all = new Set<HubMember>()
  readonly #sessions = new Map<SessionId, HubMember>()
  readonly #watchers = new Map<DocId, Set<HubMember>>()

  /** A session connected already is dismissed. */
  join(member: HubMember): void {
    if (member.session !== undefined) {
      this.#sessions.get(member.session)?.dismiss('replaced', 'this session has connected again')
      this.#sessions.set(member.session, member)
    }
    this.#all.add(member)
  }

  watch(member: HubMember, doc: DocId): void {
    const watchers = this.#watchers.get(doc) ?? new Set()
    this.#watchers.set(doc, watchers.add(member))
    this.#all.add(member)
  }

  leave(member: HubMember): void {
    this.#all.delete(member)
    if (member.session !== undefined && this.#sessions.get(member.session) === member) {
      this.#sessions.delete(member.session)
    }
    for (const [doc, watchers] of this.#watchers) {
      if (watchers.delete(member) && watchers.size === 0) this.#watchers.delete(doc)
    }
  }

  /** Passes an edit on to all whom it concerns but its author. */
  deliver(edit: Published, author: HubMember): void {
    for (const member of this.#sessions.values()) if (member !== author) member.deliver(edit)
    for (const member of this.#watchers.get(edit.doc) ?? []) {
      if (member !== author) member.deliver(edit)
    }
  }

  tellAgents(news: News): void {
    for (const member of this.#sessions.values()) member.tell(news)
  }

  dismissAll(code: ErrorCode, detail: string): void {
    for (const member of [...this.#all]) member.dismiss(code, detail)
  }
}
