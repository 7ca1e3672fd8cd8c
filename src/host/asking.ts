import type { Question } from '../shell/command.ts'
import { Secret } from '../shell/secret.ts'
import type { Machine } from './channel.ts'
import { secretsIn } from './environment.ts'
import type { AskedHost, Binding } from './host.ts'
import { askHost, questionFailed } from './questions.ts'
import type { Reply } from './questions.ts'
import { redactor } from './redact.ts'

/** A machine that is asked for one attempt at one step; nothing is left on it. */
export function asking(machine: Machine, { signal, secrets }: Binding): AskedHost {
  async function asked(question: Question, answer: 'to be shown' | 'secret'): Promise<Reply> {
    const redact = redactor([...secrets, ...secretsIn(question.environment)])
    return askHost(machine, question, { signal, redact, answer })
  }

  return {
    name: machine.name,
    async ask(question) {
      const reply = await asked(question, 'to be shown')
      if (reply.exit !== '0') throw questionFailed(machine.name, question.script, reply)
      return reply.stdout
    },
    async test(question) {
      const reply = await asked(question, 'to be shown')
      if (reply.exit !== '0' && reply.exit !== '1') throw questionFailed(machine.name, question.script, reply)
      return reply.exit === '0'
    },
    async askSecret(question) {
      const reply = await asked(question, 'secret')
      // What it printed before it failed is as secret as the rest.
      if (reply.exit !== '0') throw questionFailed(machine.name, question.script, { ...reply, stdout: '' })
      return new Secret(reply.stdout)
    },
  }
}
