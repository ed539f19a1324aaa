// Slows down whoever tries tokens or invites: ten failures a minute for an address.
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { AppError } from '../../shared/errors.ts'

export type AuthLimit = {
  /** Throws `rate-limited` when this address has failed too often. */
  check(address: string): Promise<void>
  failed(address: string): Promise<void>
}

const failuresPerMinute = 10

export function newAuthLimit(): AuthLimit {
  const limiter = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 })
  return {
    async check(address) {
      const used = await limiter.get(address)
      if (used !== null && used.consumedPoints >= failuresPerMinute) {
        throw new AppError('rate-limited', 'too many failed attempts; wait a minute')
      }
    },
    async failed(address) {
      await limiter.penalty(address, 1)
    },
  }
}
