import { command } from './command.ts'
import { composeUp } from './compose-up.ts'
import { directories } from './directories.ts'
import { fileWrite } from './file-write.ts'
import { httpProbe } from './http-probe.ts'
import type { AnyStepKind } from './step-kind.ts'
import { volumeRestore } from './volume-restore.ts'

const all: readonly AnyStepKind[] = [directories, fileWrite, volumeRestore, composeUp, httpProbe, command]

/** Every kind of step by its name. A new kind is a file beside this one and a word in the line above. */
export const kinds: ReadonlyMap<string, AnyStepKind> = new Map(all.map((kind) => [kind.kind, kind]))
