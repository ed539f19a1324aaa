// All commands of the agent.
import type { Command } from 'commander'
import type { BuildAgent } from './agent.ts'
import { registerControl } from './control.ts'
import { registerDevices } from './devices.ts'
import { registerInvite } from './invite.ts'
import { registerJoin } from './join.ts'
import { registerLeave } from './leave.ts'
import { registerRun } from './run.ts'
import { registerSelect } from './selection.ts'
import { registerStatus } from './status.ts'
import { registerTrash } from './trash.ts'

/** Adds the agent's commands to the program. */
export function registerAgent(program: Command, buildAgent: BuildAgent): void {
  registerJoin(program, buildAgent)
  registerRun(program, buildAgent)
  registerStatus(program)
  registerControl(program)
  registerSelect(program)
  registerTrash(program)
  registerInvite(program)
  registerDevices(program)
  registerLeave(program)
}
