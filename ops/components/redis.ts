/** Redis, for tests of rate limits that replicas of the API share. */
import { installed } from './installed.ts'

export const redis = installed({
  name: 'redis',
  version: '6.0',
  setting: 'redisProgram',
  programs: ['redis-server'],
  says: /^Redis server v=(\d+(?:\.\d+)+)/m,
  ways: "install it ('apt-get install --no-install-recommends redis-server', 'brew install redis')",
})
