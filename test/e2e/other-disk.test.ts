// A folder of the vault that another disk is mounted on.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Device } from './support/device.ts'
import { Group, allSame } from './support/group.ts'
import { SmallDisk, canMount } from './support/small-disk.ts'
import { until } from './support/until.ts'

async function lists(device: Device, ...paths: string[]): Promise<void> {
  const wanted = JSON.stringify(paths)
  await until(
    async () => JSON.stringify((await device.status()).problems.map(({ path }) => path)) === wanted,
    () => `${device.name} lists ${wanted}\n${device.log.slice(-3000)}`,
  )
}

test.runIf(canMount())(
  'KIND-30 KIND-31 it is listed and left alone, nothing counts as deleted, and what belongs there waits for it alone',
  async () => {
    await using group = await Group.start(2)
    const [a, b] = group.pair
    a.write('m/known.md', 'known\n')
    a.write('m/gone.md', 'gone\n')
    a.write('n.md', 'one\n')
    await allSame([a, b])
    await a.stop()
    {
      using disk = new SmallDisk(1024, a.file('m'))
      writeFileSync(join(disk.folder, 'theirs.md'), 'of the other disk\n')
      await a.start()
      await lists(a, 'm')
      expect((await a.status()).problems[0]?.message).toMatch(/another disk.*vault of its own/)
      expect(await a.undrift('sync', '--timeout', '20')).toMatchObject({ code: 0 })
      writeFileSync(join(disk.folder, 'more.md'), 'of the other disk\n')
      b.append('m/known.md', 'more\n')
      b.write('m/new.md', 'new\n')
      b.remove('m/gone.md')
      b.append('n.md', 'two\n')
      await a.shows('n.md', 'one\ntwo\n')
      await lists(a, 'm', 'm/gone.md', 'm/known.md', 'm/new.md')
      expect(await a.undrift('sync', '--timeout', '20')).toMatchObject({ code: 0 })
      expect(readdirSync(disk.folder).sort()).toEqual(['more.md', 'theirs.md'])
      expect(readdirSync(b.file('m')).sort()).toEqual(['known.md', 'new.md'])
      await a.stop()
    }
    await a.start()
    await allSame([a, b])
    expect(readdirSync(a.file('m')).sort()).toEqual(['known.md', 'new.md'])
    expect(a.read('m/known.md')).toBe('known\nmore\n')
    await lists(a)
  },
)
