// Only composition roots read the environment.
export const url = process.env['DATABASE_URL'] // no-restricted-properties
