// Puts the agent of one vault together from its edges.
import { VaultAgent } from '../vault-agent.ts'
import { type BuildAgent, buildPorts } from './agent.ts'

export const buildAgent: BuildAgent = (home, joined, logger) => {
  const ports = buildPorts(home, joined, logger)
  return { agent: new VaultAgent({ ...ports, pid: process.pid }), disk: ports.disk }
}
