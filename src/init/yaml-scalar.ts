/** Returns a text as a YAML scalar: plain where no reader could misread it, else quoted. */
export function yamlScalar(text: string): string {
  const plain =
    /^[A-Za-z/][A-Za-z0-9_./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return plain ? text : JSON.stringify(text)
}

/** Returns a text as a YAML scalar for Compose: each $ is doubled, so that Compose does not expand it. */
export function composeScalar(text: string): string {
  return JSON.stringify(text.replaceAll(/\$(?!\{\{ run\.id \}\})/g, () => '$$'))
}
