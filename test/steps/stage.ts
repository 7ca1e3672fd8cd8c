import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { z } from 'zod'
import type { HostView } from '../../src/host/host.ts'
import type { ChangeKind, Json, Values } from '../../src/steps/step-kind.ts'
import type { TestHostOptions } from '../../testbed/test-host.ts'
import { openStage, type Stage } from '../../testbed/step-stage.ts'

/** A test host for all tests of a file, cleared before each of them unless what is on it `stays`. */
export function stageOfFile({
  stays = false,
  ...options
}: TestHostOptions & { readonly stays?: boolean } = {}): Stage {
  let opened: Stage | undefined
  const stage = () => {
    if (opened) return opened
    throw new Error('the stage is opened before the first test')
  }
  beforeAll(async () => {
    opened = await openStage(options)
  })
  afterAll(() => stage().close())
  if (!stays) beforeEach(() => stage().clear())
  return {
    get testHost() {
      return stage().testHost
    },
    step: (of) => stage().step(of),
    clear: () => stage().clear(),
    close: () => stage().close(),
  }
}

/** What an inspection found. Fails where it is blocked. */
export async function inspected<Kind extends string, Fields extends z.ZodRawShape, Prior extends Json>(
  kind: ChangeKind<Kind, Fields, Prior>,
  step: Values<Fields>,
  host: HostView,
) {
  const found = await kind.inspect(step, host)
  if ('blockedOn' in found) throw new Error(`is blocked on ${found.text}`)
  return found
}

/** A process `perl` that has mapped the first page of a file to write, and closed it; the call by number is mmap. */
export function mapAndClose(path: string): string {
  const program = `use POSIX (); open my $file, "+<", shift or die; my $mmap = (POSIX::uname())[4] eq "aarch64" ? 222 : 9;
syscall($mmap, 0, 4096, 3, 1, fileno $file, 0) > 0 or die $!; close $file; open my $up, ">", "/run/mapped"; close $up; sleep 60`
  return `rm -f /run/mapped; perl -e '${program}' ${path} > /dev/null 2>&1 &
timeout 20 sh -c 'until [ -e /run/mapped ]; do sleep 0.1; done'`
}
