// Files whose names differ in their Unicode form alone: each gets a name of its own, and is a new file then.
import { parentOf } from '../../shared/vault-path.ts'
import type { MirrorContext } from './context.ts'

/** Takes up the doubles that sweeps have found. */
export async function separateDoubles({ doubles, disk, hints }: MirrorContext): Promise<void> {
  for (const [text, double] of doubles) {
    doubles.delete(text)
    const to = await disk.separate(double)
    if (to !== undefined) hints.addTree(parentOf(double.path))
  }
}
