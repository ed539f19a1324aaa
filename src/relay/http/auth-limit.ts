// Slows down whoever tries tokens or invites: ten failures a minute for an address. What is valid is never
// held up, since many people may come from one address.
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { AppError } from '../../shared/errors.ts'

export type AuthLimit = {
  /** Counts a failure. Throws `rate-limited` when this address has failed too often. */
  failed(address: string): Promise<void>
}

const failuresPerMinute = 10

export function newAuthLimit(): AuthLimit {
  const limiter = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 })
  return {
    async failed(address) {
      await limiter.consume(address).catch((thrown: unknown) => {
        throw new AppError('rate-limited', 'too many failed attempts; wait a minute', thrown)
      })
    },
  }
}
