// A folder with nothing in it but what is left out, where the vault has a file of its name, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import { givenTwo } from './two-devices.ts'

const [place, litter, other] = [pathOf('plan.md'), pathOf('plan.md/.DS_Store'), pathOf('other.md')]

async function givenInTheWay() {
  const group = await givenTwo()
  const { one, two, passes, apart, together } = group
  apart(two)
  two.folder.writeInPlace(litter, 'litter')
  one.folder.writeInPlace(place, 'the plan\n')
  await passes(5_000)
  together(two)
  await passes(60_000)
  return group
}

test('KIND-26 a folder with nothing but what is left out, where a file belongs, is listed and keeps nothing waiting', async () => {
  const { one, two, passes } = await givenInTheWay()
  expect(two.mirror?.isSynced).toBe(true)
  const { problems = [] } = (await two.mirror?.report()) ?? {}
  expect(problems.map(({ path, code }) => [path, code])).toEqual([[place, 'unmaterialisable']])
  one.folder.writeInPlace(other, 'other\n')
  await passes(5_000)
  expect(two.folder.read(other)).toBe('other\n')
  expect(two.folder.read(litter)).toBe('litter')
})

test.each([litter, place])('KIND-26 it makes room as soon as %s is gone', async (gone) => {
  const { two, settled } = await givenInTheWay()
  two.folder.remove(litter)
  if (gone === place) two.folder.removeFolder(place)
  expect(await settled()).toEqual({ [place]: 'the plan\n' })
  expect((await two.mirror?.report())?.problems).toEqual([])
})
