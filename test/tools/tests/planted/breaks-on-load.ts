/** Planted: cannot be loaded. */
throw new Error('planted')
