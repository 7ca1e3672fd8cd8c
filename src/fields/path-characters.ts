/** Returns the problem of characters that no path may contain: invisible ones, and those that would be ambiguous. */
export function characterProblem(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (path.includes('\n')) return 'contains a line break; write it on the line of its field, without "|"'
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return 'contains a control character'
  const [unseen] = /\p{Default_Ignorable_Code_Point}|(?! )[\p{Zs}\p{Zl}\p{Zp}]/u.exec(path) ?? []
  if (unseen !== undefined) return `contains ${codePoint(unseen)}, which is invisible or looks like a space`
  if (path !== path.trim()) return 'begins or ends with a space'
  if (path.startsWith('~')) return 'begins with "~", which only a shell expands; write the full path'
  if (path.includes('{{')) return 'contains "{{", which is not a lookup; a lookup is ${{ inputs.NAME }}'
  return undefined
}

/** Returns the problem of characters that a shell would interpret. */
export function shellCharacterProblem(path: string): string | undefined {
  if (/[*?[\]{}]/.test(path)) return 'contains a glob character; list the paths one by one'
  if (/[$`\\]/.test(path)) return 'contains "$", a backquote or a backslash; paths are literal'
  return undefined
}

export function isTooLong(path: string): boolean {
  return path.length > 4000 || path.split('/').some((name) => Buffer.byteLength(name) > 255)
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
