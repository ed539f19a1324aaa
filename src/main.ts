#!/usr/bin/env node
// The `undrift` program: all commands, what they print when they fail, and the exit code.
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import * as v from 'valibot'
import type { BuildAgent } from './agent/cli/agent.ts'
import { allExitCodesHelp, errorLine } from './agent/cli/output.ts'
import { registerAgent } from './agent/cli/register.ts'
import { collectWhenIdle } from './idle-memory.ts'
import { optimizeLate } from './late-optimizing.ts'
import { registerRelay } from './relay/cli.ts'
import { AppError, errorFacts, toAppError } from './shared/errors.ts'

/** Most commands only talk to an agent that runs: they start faster without the code of one. */
const buildAgent: BuildAgent = async (home, joined, logger) => {
  const module = await import('./agent/cli/build-agent.ts')
  return module.buildAgent(home, joined, logger)
}

const packageSchema = v.object({ version: v.string() })

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return v.parse(packageSchema, JSON.parse(text)).version
}

function buildProgram(): Command {
  const program = new Command('undrift')
    .description('Keeps folders of notes the same on every device: concurrent edits merge.')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
    .addHelpText('after', helpEnd)
  registerAgent(program, buildAgent)
  registerRelay(program)
  return program
}

const helpEnd = `
${allExitCodesHelp}

UNDRIFT_HOME: where settings and state are kept. UNDRIFT_LOG: debug, info, warn or error.`

/** What commander says, in our form and on one line. */
function usageLine(text: string): string {
  const what = text
    .replace(/^error: /, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return `undrift: ${what.replace(/\.$/, '')}. Nothing was changed. See "undrift --help".\n`
}

/** As a path it would be the current folder, which nobody named. */
function emptyArgument(): AppError {
  const text = 'one of the arguments is empty. Nothing was changed. Perhaps a variable is not set.'
  return new AppError('usage', text)
}

/** Runs a command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes('')) throw emptyArgument()
    await buildProgram().parseAsync(argv)
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    process.stderr.write(`${errorLine(thrown)}\n`)
    return errorFacts(toAppError(thrown).code).exit
  }
}

optimizeLate()
collectWhenIdle()
process.exit(await main(process.argv))
