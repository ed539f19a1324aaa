// Puts the agent of one vault together from its edges.
import { AppError } from '../../shared/errors.ts'
import { type BuildAgent, buildPorts } from './agent.ts'

export const buildAgent: BuildAgent = (home, joined, logger) => {
  const ports = buildPorts(home, joined, logger)
  throw new AppError('internal', `no agent for ${ports.folder} yet`)
}
