// Whether a platform can have a file of this name: asked before anything is tried, since some would write elsewhere.
import type { VaultPath } from '../../shared/vault-path.ts'

/** What Windows takes for a device, whatever its extension. */
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³]) *(?:\.|$)/i
const windowsForbidden = /[<>:"|?*\\]/

/** Why a device with this `process.platform` cannot hold `path`; undefined when it can. */
export function whyNotHeld(platform: string, path: VaultPath): string | undefined {
  const parts = path.split('/')
  if (platform === 'win32') return parts.map(whyNotOnWindows).find((why) => why !== undefined)
  if (platform === 'darwin' && path.includes(':')) return 'no name on macOS holds a ":"'
  return undefined
}

function whyNotOnWindows(part: string): string | undefined {
  if (windowsForbidden.test(part)) return 'no name on Windows holds any of <>:"|?*\\'
  if ([...part].some((char) => char < ' ')) return 'no name on Windows holds a control character'
  if (/[. ]$/.test(part)) return 'no name on Windows ends in a dot or a space'
  return windowsDevice.test(part) ? 'a device of Windows has this name' : undefined
}
