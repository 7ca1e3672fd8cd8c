/** Whether a machine chose these characters: long, of letters and digits, and no letter much more often than others. */
export function looksRandom(value: string): boolean {
  if (value.length < 12 || /\s/.test(value)) return false
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false
  return bitsPerCharacter(value) >= 3
}

/** Whether it stands for a value that is elsewhere, or for none: a variable, a path, an address, an ellipsis. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim()
  return (
    /^$|^[*x.…-]+$|^<.*>$|^\[.*\]$/i.test(text) ||
    // $$ is a dollar for Compose, and for psql and printf a % begins a word.
    /\$[\w{(@*?!]|`|\{\{|‹|^%[a-z]$/i.test(text.replaceAll('$$', '')) ||
    /^(?:\.{0,2}|~)\/|^[a-z][a-z0-9+.-]*:\/\/|^(?:env|file|vault|sha256|sha512):/i.test(text) ||
    /^(?:true|false|yes|no|on|off|null|none|undefined|required|optional|unset)$/i.test(text)
  )
}

/** Shannon's measure: 4 for random hex digits, about 2 for a word. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((bits, count) => {
    const share = count / text.length
    return bits - share * Math.log2(share)
  }, 0)
}
