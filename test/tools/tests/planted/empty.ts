/** Planted: has no test. */
export {}
