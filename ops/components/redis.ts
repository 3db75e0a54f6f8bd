/** Redis, for replicas of the API that share their rate limits. */
import { installed } from './installed.ts'

export const redis = installed({
  name: 'redis',
  version: '6.0',
  setting: 'redisProgram',
  programs: ['redis-server'],
  says: /^Redis server v=(\d+(?:\.\d+)+)/m,
  ways: "install it ('apt-get install --no-install-recommends redis-server', 'brew install redis')",
})
