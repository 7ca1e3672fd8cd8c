/** What no path of a plan holds, whether it is absolute or not: it would not show, or mean something else to a shell. */
export function characterProblem(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (path.includes('\n')) return 'holds a line break; write it in one line, after its field and without "|"'
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return 'holds a control character'
  const [unseen] = /\p{Default_Ignorable_Code_Point}|(?! )[\p{Zs}\p{Zl}\p{Zp}]/u.exec(path) ?? []
  if (unseen !== undefined) return `holds ${codePoint(unseen)}, which does not show or looks like a blank`
  if (path !== path.trim()) return 'begins or ends with a blank'
  if (path.startsWith('~')) return 'begins with "~", which only a shell knows; write the path out'
  if (path.includes('{{'))
    return 'holds "{{" without a lookup; what is looked up is written ${{ inputs.NAME }}'
  return undefined
}

/** The same for what comes after: characters that a shell would read as something else. */
export function shellCharacterProblem(path: string): string | undefined {
  if (/[*?[\]{}]/.test(path)) return 'holds a glob character; list the paths one by one'
  if (/[$`\\]/.test(path)) return 'holds "$", a backquote or a backslash; a path is taken literally'
  return undefined
}

export function isTooLong(path: string): boolean {
  return path.length > 4000 || path.split('/').some((name) => Buffer.byteLength(name) > 255)
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
