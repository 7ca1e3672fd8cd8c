import { describe, expect, it } from 'vitest'
import { baseImages, buildProblems } from '../../src/steps/image-build/dockerfile.ts'
import { imageBuild } from '../../src/steps/image-build/index.ts'
import { validationProblems } from '../../src/steps/step-kind.ts'
import { fieldsOf } from '../../testbed/step-stage.ts'
import { planFolder } from './joins/image-build.ts'

const build = (text: string, more: { target?: string; network?: 'none' } = {}) => ({
  ...{ folder: 'app', dockerfile: 'Dockerfile', network: 'default' as const, ...more },
  entries: ['Dockerfile', 'package.json', 'src/main.ts'].map((path) => ({
    ...{ path, isExecutable: false },
    bytes: Buffer.from(path === 'Dockerfile' ? text : ''),
  })),
})

describe('image-build › buildProblems', () => {
  it.each([
    ['a directive', '# syntax=docker/dockerfile:1\nFROM a', 1],
    ['a directive without spaces', '#syntax = evil.example/x\nFROM a', 1],
    ['a directive after another', '# check=skip=all\n\n# syntax=x\nFROM a', 3],
    ['a directive of another comment style', '// syntax=x\nFROM a', 1],
    ['JSON', '{"syntax": "x"}', 1],
  ])('refuses a frontend that is fetched, with its line: %s', (_, text, line) => {
    expect(buildProblems(build(text))).toEqual([
      `fetches a program for the build: app/Dockerfile:${line} names a frontend (syntax=); remove the line, BuildKit has one of its own`,
    ])
  })

  it('accepts the word in a later comment', () => {
    expect(buildProblems(build('FROM a\n# syntax=x\n'))).toEqual([])
  })

  it('names a source that the folder lacks, with the line of its instruction', () => {
    const text = `FROM a AS one
COPY package.json src ./
COPY --chown=1:1 package.json \\
  # a comment
  package-lock.json /app/
ADD ["no such", "/app/"]
COPY --from=one /built /built
COPY *.json $FILES /app/
COPY . /app
RUN <<END
COPY nothing /app
END
COPY missing/ /app
`
    expect(buildProblems(build(text))).toEqual([
      'copies package-lock.json, which the folder app does not have, or its .dockerignore excludes (app/Dockerfile:3)',
      'copies no such, which the folder app does not have, or its .dockerignore excludes (app/Dockerfile:6)',
      'copies missing/, which the folder app does not have, or its .dockerignore excludes (app/Dockerfile:13)',
    ])
  })

  it('names a missing stage and those that are there', () => {
    expect(buildProblems(build('FROM a AS build\nFROM a\n', { target: 'runtime' }))).toEqual([
      'has target: runtime, and app/Dockerfile has no such stage; its stages: build, 1',
    ])
  })

  it('refuses a network in the Dockerfile of a build without one', () => {
    const text = 'FROM a\nADD https://example.org/x /x\nRUN --network=default true\n'
    expect(buildProblems(build(text))).toEqual([])
    expect(buildProblems(build(text, { network: 'none' }))).toEqual([
      'has network: none, and ADD fetches https://example.org/x (app/Dockerfile:2)',
      'has network: none, and a RUN sets its own network (app/Dockerfile:3)',
    ])
  })

  it('refuses a folder without the Dockerfile, and an argument that changes the builder', () => {
    const fields = { tag: 'shop:1', context: planFolder({ 'web.Dockerfile': 'FROM a' }) }
    expect(validationProblems(imageBuild, fieldsOf(imageBuild, fields))).toEqual([
      'names Dockerfile, and the folder app has no such file; it has web.Dockerfile',
    ])
    const args = { ...fields, dockerfile: 'web.Dockerfile', args: { BUILDKIT_SYNTAX: 'x' } }
    expect(validationProblems(imageBuild, fieldsOf(imageBuild, args))).toEqual([
      'has an argument BUILDKIT_…, which changes the builder; remove it',
    ])
  })
})

describe('image-build › baseImages', () => {
  it('returns what stages start from, without stages, arguments and scratch', () => {
    const text = `ARG VERSION
FROM --platform=linux/arm64 node:20 AS build
FROM build AS test
FROM node:$VERSION
FROM scratch
from nginx:1 as runtime
`
    expect(baseImages(build(text))).toEqual([
      { image: 'node:20', platform: 'linux/arm64' },
      { image: 'nginx:1' },
    ])
  })

  it('fills in the arguments before the first stage: as given, or their defaults', () => {
    const text = `ARG NODE=node:20
ARG OTHER
ARG BASE="nginx:1"
FROM \${NODE} AS build
ARG LATER=alpine
FROM $BASE
FROM $LATER
FROM $OTHER
`
    expect(baseImages(build(text))).toEqual([{ image: 'node:20' }, { image: 'nginx:1' }])
    expect(baseImages({ ...build(text), args: { NODE: 'node:22', OTHER: 'debian:13' } })).toEqual([
      { image: 'node:22' },
      { image: 'nginx:1' },
      { image: 'debian:13' },
    ])
  })
})
