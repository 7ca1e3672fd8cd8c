/**
 * The forms of a secret in the output of programs, by name. The base64 forms are the part that every base64 of a longer text
 * with the secret contains. Equal forms occur once.
 */
export function secretForms(value: string): Readonly<Record<string, string>> {
  const [inJson, inUrl] = [JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]
  const forms: Record<string, string> = {
    raw: value,
    'in JSON': inJson,
    'in JSON twice': JSON.stringify(inJson).slice(1, -1),
    'in a URL': inUrl,
    'in a form': new URLSearchParams({ v: value }).toString().slice(2),
    'in double quotes': value.replace(/["$`\\]/g, '\\$&'),
    'in single quotes': value.replaceAll("'", `'\\''`),
    backslashed: value.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
    ...Object.fromEntries(
      [0, 1, 2].map((shift) => [`base64, ${shift} bytes in`, base64Within(value, shift)]),
    ),
  }
  for (const [name, form] of Object.entries(forms))
    if (name.startsWith('base64')) forms[`${name}, for URLs`] = form.replaceAll('+', '-').replaceAll('/', '_')
  const seen = new Set<string>()
  return Object.fromEntries(
    Object.entries(forms).filter(([, form]) => !seen.has(form) && seen.add(form) !== undefined),
  )
}

/** The part of its base64 that does not depend on the surrounding text, if it begins `shift` bytes into a group of three. */
function base64Within(value: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
  return bytes.subarray(shift === 0 ? 0 : 3, bytes.length - (bytes.length % 3)).toString('base64')
}
