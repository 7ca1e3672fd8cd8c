import { describe, expect, it } from 'vitest'
import { isMetadata } from '../../src/fields/metadata-address.ts'

const of = (url: string) => isMetadata(new URL(url).hostname)

describe('isMetadata', () => {
  it.each([
    'http://169.254.169.254/',
    'http://169.254.0.1/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[fe80::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[2002:6464:64c8::]/',
    'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/',
    'http://metadata.google.internal./',
    'http://METADATA/',
  ])('%s is a metadata address', (url) => expect(of(url)).toBe(true))

  it.each([
    'http://100.100.100.201/',
    'http://127.0.0.1/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://[fe80::1]/',
    'http://[2001:db8::1]/',
    'http://metadata.example.org/',
  ])('%s is no metadata address', (url) => expect(of(url)).toBe(false))
})
