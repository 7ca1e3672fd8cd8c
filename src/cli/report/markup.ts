import { printable } from '../terminal.ts'

/** Escapes text of plans, people and hosts for HTML and SVG, attributes included. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** An element with its attributes, escaped, and its content, which is markup already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = '',
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(`${value}`)}"`)
  return `<${name}${words.join('')}>${content}</${name}>`
}
