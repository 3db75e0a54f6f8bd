/** The committed list of crash points: the scenes in which a worker is killed there, or the reason why there is none. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Scene = z.enum(['out', 'back', 'reset', 'lost', 'waiting', 'queue'])
export type Scene = z.output<typeof Scene>

/** By crash point. A sentence is the reason why no test kills there. */
export const crashPointScenes = z
  .record(z.string(), z.union([z.array(Scene).nonempty(), z.string().min(20)]))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'crash-points.json'), 'utf8')))

/** Points at which a worker is killed in `scene`. */
export const pointsIn = (scene: Scene): readonly string[] =>
  Object.entries(crashPointScenes).flatMap(([point, scenes]) =>
    typeof scenes !== 'string' && scenes.includes(scene) ? [point] : [],
  )
