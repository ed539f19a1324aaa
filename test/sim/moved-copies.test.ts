// Files that are moved while a copy of them is put over another, on virtual time.
import { expect, test } from 'vitest'
import { pathOf } from '../fakes/facts.ts'
import { givenTwo } from './two-devices.ts'

test.each(['png', 'md'])(
  'SYNC-43 a file (.%s) that is moved is not the copy of it that is put over another one',
  async (extension) => {
    const { one, two, settled, apart, together } = await givenTwo()
    const [from, to, over, place] = [
      pathOf(`from.${extension}`),
      pathOf(`to.${extension}`),
      pathOf(`over.${extension}`),
      pathOf(`place.${extension}`),
    ]
    one.folder.writeInPlace(from, 'moved\n')
    one.folder.writeInPlace(over, 'replaced\n')
    await settled()
    apart(two)
    one.folder.rename(from, to)
    one.folder.replace(over, 'moved\n')
    two.folder.rename(over, place)
    together(two)
    expect(await settled()).toEqual({ [to]: 'moved\n', [place]: 'moved\n' })
  },
)
