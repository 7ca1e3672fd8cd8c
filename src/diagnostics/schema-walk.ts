import { z } from 'zod'
import type { Path } from './places.ts'

export type Schema = z.core.$ZodType

/** Returns the schema at a path, if it exists. */
export function schemaAt(schema: Schema | undefined, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((within, key) => within && inner(within, key), schema)
}

/** Returns the metadata of a schema, including those under `optional` and `default`. */
export function metaOf(schema: Schema | undefined): z.core.GlobalMeta {
  if (!schema) return {}
  const under = unwrapped(schema)
  return { ...(under === schema ? {} : metaOf(under)), ...z.globalRegistry.get(schema) }
}

/** Returns the keys of an object schema; none for other schemas. */
export function keysOf(schema: Schema | undefined): readonly string[] {
  const object = schema && fully(schema)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

/** Whether it is a record, whose keys the author of the file chooses. */
export function holdsByName(schema: Schema | undefined): boolean {
  return schema !== undefined && fully(schema) instanceof z.ZodRecord
}

function inner(schema: Schema, key: PropertyKey): Schema | undefined {
  const under = fully(schema)
  // A plan may contain a key toString, which every object inherits.
  if (under instanceof z.ZodObject)
    return Object.hasOwn(under.shape, key)
      ? (under.shape as Record<PropertyKey, Schema | undefined>)[key]
      : undefined
  if (under instanceof z.ZodArray) return under.element
  if (under instanceof z.ZodRecord) return under.valueType
  if (under instanceof z.ZodTuple) return under.def.items[Number(key)]
  if (under instanceof z.ZodUnion)
    return under.options.map((option) => inner(option, key)).find((found) => found !== undefined)
  return undefined
}

function fully(schema: Schema): Schema {
  const under = unwrapped(schema)
  return under === schema ? schema : fully(under)
}

function unwrapped(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return schema.unwrap()
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.def.innerType
  if (schema instanceof z.ZodReadonly) return schema.def.innerType
  // The transform of `listOf`.
  if (schema instanceof z.ZodPipe)
    return schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in
  return schema
}
