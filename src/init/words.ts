/** A text as one word of YAML: as it stands where no reader could take it for something else, else in quotes. */
export function word(text: string): string {
  const plain =
    /^[A-Za-z/][A-Za-z0-9_./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return plain ? text : JSON.stringify(text)
}

/** A text that Compose reads: what it would fill in itself is written twice. */
export function composeWord(text: string): string {
  return JSON.stringify(text.replaceAll(/\$(?!\{\{ run\.id \}\})/g, () => '$$'))
}
