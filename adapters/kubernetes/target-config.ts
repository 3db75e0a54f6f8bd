/** What an owner declares for a target on a cluster: the cluster, the namespace and the template of the pods. */
import { z } from 'zod'
import { isImageByDigest } from '../../domain/plan/image.ts'
import { podFaults } from './pod-rules.ts'

const DnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'has 1-63 lower-case letters, digits and dashes')

const Container = z.looseObject({ name: DnsLabel, image: z.string().exactOptional() })

/** Has only the parts that Holdfast reads. The other keys of a pod differ between versions of Kubernetes. */
const Template = z.strictObject({
  metadata: z
    .strictObject({
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  spec: z.looseObject({ containers: z.array(Container).min(1).max(20) }),
})

export const TargetConfig = z
  .strictObject({
    cluster: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/)
      .describe("cluster, as the operator's file of clusters names it"),
    namespace: DnsLabel.describe('namespace of the objects; the file gives it to the owners of the service'),
    template: Template.describe(
      'pod template of Kubernetes, without what would reach the node; the image of the release is put into `container`',
    ),
    container: DnsLabel.exactOptional().describe('container of the template that runs the image. Default: the only one'),
    port: z.int().min(1).max(65_535).describe('port at which the pods listen'),
    replicas: z
      .int()
      .min(1)
      .max(1_000)
      .default(1)
      .describe('pods of the first release; later ones get as many as the stable version has'),
  })
  .superRefine(({ template, container }, ctx) => {
    const tell = (path: readonly (string | number)[], message: string) =>
      ctx.addIssue({ code: 'custom', path: ['template', ...path], message })
    for (const { pointer, detail } of podFaults(template)) tell(pathOf(pointer), detail)
    const { containers } = template.spec
    const which = faultOfContainer(containers, container)
    if (which !== null) return ctx.addIssue({ code: 'custom', path: ['container'], message: which })
    const at = containers.findIndex(({ name }) => name === (container ?? containers[0]?.name))
    if (containers[at]?.image !== undefined) tell(['spec', 'containers', at, 'image'], 'is the image of the release')
    const others = [
      ...containers.map((one, index) => ({ one, path: ['spec', 'containers', index, 'image'] })).toSpliced(at, 1),
      ...initContainers(template.spec).map((one, index) => ({ one, path: ['spec', 'initContainers', index, 'image'] })),
    ]
    for (const { one, path } of others)
      if (one.image === undefined || !isImageByDigest(one.image)) tell(path, 'must be an image by digest: name@sha256:<digest>')
  })
  .transform((config) => ({ ...config, container: config.container ?? config.template.spec.containers[0]?.name ?? '' }))
export type TargetConfig = z.output<typeof TargetConfig>

/** The parts of a stored configuration that Holdfast reads. It was parsed by `TargetConfig` when it was declared. */
export const StoredTargetConfig = z.object({
  cluster: z.string(),
  namespace: z.string(),
  template: z.looseObject({ spec: z.looseObject({}) }),
  container: z.string(),
  port: z.int(),
})
export type StoredTargetConfig = Readonly<z.output<typeof StoredTargetConfig>>

/** Why no container can be chosen to run the image. Null when one can, and for an empty list, which the schema refuses. */
function faultOfContainer(containers: readonly { readonly name: string }[], named: string | undefined): string | null {
  if (named !== undefined) return containers.some(({ name }) => name === named) ? null : 'is no container of the template'
  return containers.length > 1 ? 'must name one of several containers' : null
}

/** The template's init containers. For a list that does not parse it answers none, because `podFaults` refuses that list. */
function initContainers(spec: Readonly<Record<string, unknown>>): readonly { readonly image?: string | undefined }[] {
  const parsed = z.array(z.looseObject({ image: z.string().optional() })).safeParse(spec['initContainers'] ?? [])
  return parsed.success ? parsed.data : []
}

const pathOf = (pointer: string): readonly (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key))
