/** A member of an archive as no tar writes it. */
interface MadeMember {
  readonly name: string
  /** As in a header: 0 a file, 1 a hard link, 2 a symbolic link, 3 a device, 5 a directory, 6 a FIFO. Default: 0 */
  readonly type?: string
  readonly link?: string
  readonly text?: string
  /** The size that the header gives. Default: that of the text */
  readonly size?: number
}

/** An uncompressed archive of these members, in their order, in base64. */
export function madeArchive(members: readonly MadeMember[]): string {
  const blocks = members.flatMap((member) => [header(member), padded(member.text ?? '')])
  return Buffer.concat([...blocks, Buffer.alloc(1024)]).toString('base64')
}

function header({ name, type = '0', link = '', text = '', size = text.length }: MadeMember): Buffer {
  const block = Buffer.alloc(512)
  const octal = (number: number, digits: number) => number.toString(8).padStart(digits, '0')
  block.write(name, 0)
  block.write(octal(type === '5' ? 0o755 : 0o644, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(1_700_000_000, 11), 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157)
  block.write('ustar\u000000', 257)
  const checksum = block.reduce((sum, byte) => sum + byte, 0)
  block.write(`${octal(checksum, 6)}\u0000 `, 148)
  return block
}

function padded(text: string): Buffer {
  const block = Buffer.alloc(Math.ceil(text.length / 512) * 512)
  block.write(text)
  return block
}
