/** What a schema parses, as its readers take it: nobody changes an answer, and what the domain says may be one as it is. */

export type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T
