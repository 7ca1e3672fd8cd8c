import { Command, CommanderError } from 'commander'
import { readFileSync } from 'node:fs'
import { packageFolder } from '../config.ts'
import { commands } from './commands.ts'
import { exitCodeHelp, exitCodes } from './exit-codes.ts'
import { explain } from './explain.ts'

/** Runs the CLI. `words`: the arguments after `reinstate`. Sets the exit code; never throws. */
export async function main(words: readonly string[]): Promise<void> {
  // `reinstate logs | head` is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.done)
  })
  try {
    const program = await programFor(words)
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.badInput
      return
    }
    const { text, code } = explain(error, { debug: process.env['REINSTATE_DEBUG'] !== undefined })
    process.stderr.write(`${text}\n`)
    process.exitCode = code
  }
}

/** Builds the program with the arguments and options of every command, as `completion` needs them. */
export async function wholeProgram(): Promise<Command> {
  return await programWith(() => true)
}

/** The program with the options of one command; of the others only name and summary. */
async function programFor([first, second]: readonly string[]): Promise<Command> {
  const typed = first === 'help' ? second : first
  return typed === 'completion' ? await wholeProgram() : await programWith((name) => name === typed)
}

async function programWith(isLoaded: (name: string) => boolean): Promise<Command> {
  const program = new Command('reinstate')
    .description(
      'Restores and deploys Docker Compose stacks over SSH. A restore cannot make things worse, and it is not green until the data is proven.',
    )
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', `${exitCodeHelp}\n\nExample:\n  reinstate run guestbook-restore`)
  for (const { name, summary, load } of commands) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    command.addHelpText('after', exitCodeHelp).showHelpAfterError(`  next: reinstate ${name} --help`)
    if (isLoaded(name)) (await load())(command)
  }
  return program
}

function version(): string {
  // Our own package.json.
  const { version: own } = JSON.parse(readFileSync(packageFolder('package.json'), 'utf8')) as {
    version: string
  }
  return own
}
