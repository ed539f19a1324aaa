// Group (g), the network: cut, frozen, slow, lying. And processes that stand still or live in another time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Device } from '../e2e/support/device.ts'
import { Group, allSame, quiet, times } from '../e2e/support/group.ts'
import { Proxy } from '../e2e/support/proxy.ts'
import { pause, until } from '../e2e/support/until.ts'

let group: Group
let proxy: Proxy
let a: Device
/** Reaches the relay through the proxy only. */
let far: Device
beforeAll(async () => {
  group = await Group.start(1)
  proxy = await Proxy.start(group.relay.port)
  const [first] = group.devices
  if (first === undefined) throw new Error('no device')
  a = first
  far = await Device.running({ link: proxy.through(await a.invite()), name: 'far' })
})
afterAll(async () => {
  await far[Symbol.asyncDispose]()
  await group[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})

const lines = 'one\ntwo\nthree\nfour\nfive\n'

async function given(path: string): Promise<void> {
  a.write(path, lines)
  await allSame([a, far])
}

const html = '<html>Please sign in to this network</html>'
const answers: [string, string][] = [
  ['502', 'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'],
  ['a captive portal', `HTTP/1.1 200 OK\r\nContent-Length: ${html.length}\r\n\r\n${html}`],
  ['nonsense', 'hello\r\n\r\n'],
]

describe('the network', () => {
  test.each(answers)(
    'HC-150 answers every request with %s: waits longer each time',
    async (name, head) => {
      const path = `150 ${name}.md`
      await given(path)
      const before = proxy.attempts
      proxy.become({ type: 'answers', head })
      await far.reaches('offline')
      far.edit(path, (text) => text.replace('two', 'two, offline'))
      await until(() => proxy.attempts >= before + 3, 'three attempts', 10_000)
      expect(proxy.attempts).toBeLessThan(before + 10)
      proxy.become({ type: 'open' })
      await a.shows(path, lines.replace('two', 'two, offline'))
      await allSame([a, far])
    },
  )

  test('HC-151 slow and cut again and again: it gets on, and every line comes once', async () => {
    await given('151.md')
    proxy.become({ type: 'slow', bytesPerSecond: 4_000 })
    for (let n = 0; n < 8; n++) {
      far.edit('151.md', (text) => `${text}far ${n};\n`)
      a.edit('151.md', (text) => `a ${n};\n${text}`)
      await pause(60)
      if (n % 3 === 0) proxy.cutNow()
    }
    await until(() => a.read('151.md').includes('far 7;'), 'the last edit comes through', 20_000)
    proxy.become({ type: 'open' })
    await allSame([a, far], 30_000)
    const text = a.read('151.md')
    const tokens = Array.from({ length: 8 }, (_, n) => [`far ${n};`, `a ${n};`]).flat()
    expect(tokens.filter((token) => times(text, token) !== 1)).toEqual([])
  })

  test('HC-127 HC-128 cut while edits are under way: sent again, once', async () => {
    await given('127.md')
    const tokens: string[] = []
    for (let n = 0; n < 10; n++) {
      tokens.push(`<${n}>`)
      far.append('127.md', `<${n}>\n`)
      await pause((n * 7) % 30)
      proxy.cutNow()
      await until(async () => (await far.status()).relay.connected, 'connected again')
    }
    await allSame([a, far])
    expect(tokens.filter((token) => times(a.read('127.md'), token) !== 1)).toEqual([])
  })

  test('HC-149 frozen and thawed: nothing is lost, and nothing counts as synced meanwhile', async () => {
    await given('149.md')
    proxy.become({ type: 'frozen' })
    far.append('149.md', 'into the void\n')
    await until(async () => (await far.status()).queue.unacked > 0, 'unacknowledged')
    expect((await far.status()).state).toBe('syncing')
    a.append('149.md', 'meanwhile\n')
    await a.sync()
    proxy.become({ type: 'open' })
    await allSame([a, far])
    const text = far.read('149.md')
    expect([times(text, 'into the void\n'), times(text, 'meanwhile\n')]).toEqual([1, 1])
  })
})

describe('the relay speaks another version', () => {
  test('HC-154 says so, writes nothing, and goes on when they match again', async () => {
    await given('154.md')
    proxy.become({
      type: 'answers',
      head: 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n',
    })
    const { problems } = await far.reaches('error')
    expect(problems.map(({ code }) => code)).toContain('unsupported-version')
    a.append('154.md', 'six\n')
    await a.sync()
    expect(far.read('154.md')).toBe(lines)
    proxy.become({ type: 'open' })
    await far.stop()
    await far.start()
    await allSame([a, far])
    expect(far.read('154.md')).toBe(`${lines}six\n`)
  })
})

describe('time', () => {
  test('HC-147 HC-148 an agent that stood still comes back and is soon in step', async () => {
    await given('148.md')
    far.signal('SIGSTOP')
    a.edit('148.md', (text) => text.replace('two', 'two by a'))
    far.edit('148.md', (text) => text.replace('four', 'four by far'))
    for (let n = 0; n < 50; n++) a.write(`148/${n}.md`, `${n}\n`)
    await quiet([a])
    far.signal('SIGCONT')
    await until(() => far.has('148/49.md'), 'in step again', 10_000)
    await allSame([a, far])
    expect(a.read('148.md')).toBe(lines.replace('two', 'two by a').replace('four', 'four by far'))
  })

  test('HC-148 a relay that stood still: edits wait and come', async () => {
    await given('148 relay.md')
    process.kill(group.relay.pid, 'SIGSTOP')
    a.append('148 relay.md', 'six\n')
    await until(async () => (await a.status()).queue.unacked > 0, 'unacknowledged')
    process.kill(group.relay.pid, 'SIGCONT')
    await far.shows('148 relay.md', `${lines}six\n`)
    await allSame([a, far])
  })

  test.each([10, -10])('HC-146 a clock that is %i years wrong', async (years) => {
    const path = `146 ${years}.md`
    await given(path)
    await far.stop()
    far.append(path, 'before\n')
    await far.start({ clockOffsetMs: years * 365 * 24 * 3_600_000 })
    a.edit(path, (text) => text.replace('two', 'two by a'))
    await far.shows(path, (text) => text.includes('by a'))
    far.edit(path, (text) => text.replace('four', 'four by far'))
    await a.shows(path, (text) => text.includes('by far'))
    await allSame([a, far])
    expect(a.read(path)).toBe(
      `${lines.replace('two', 'two by a').replace('four', 'four by far')}before\n`,
    )
    far.remove(path)
    await a.lacks(path)
    await far.stop()
    await far.start()
    await allSame([a, far])
  })
})
