// Builds the program before the first test that starts it.
import { execFileSync } from 'node:child_process'

export default function buildOnce(): void {
  execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['run', 'build', '--silent'], {
    stdio: 'inherit',
  })
}
