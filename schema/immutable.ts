/** A parsed type with every member read-only. Readers never change an answer, and values of the domain fit this type unchanged. */

export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T
