/** An answer about one thing names the first of many others, and says how many there are besides. */

/** A person reads no more at once; lists have all, page by page. */
export const mostNamed = 20

export const firstOf = <Item>(items: readonly Item[]): { readonly items: Item[]; readonly more: number } => ({
  items: items.slice(0, mostNamed),
  more: Math.max(0, items.length - mostNamed),
})
