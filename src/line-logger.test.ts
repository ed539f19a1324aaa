import { expect, test } from 'vitest'
import { lineLogger } from './line-logger.ts'

test('PATH-27 HC-82 a logged name is JSON that no terminal obeys, and reads as it was', () => {
  const path = 'a\n\u001b[31m\u009b1m\u007f\u202e\u2028\u{e0001}.md'
  const lines: string[] = []
  lineLogger('info', (line) => lines.push(line)).info('seen', { path })
  const [line = ''] = lines
  expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  expect(JSON.parse(line)).toMatchObject({ event: 'seen', path })
})
