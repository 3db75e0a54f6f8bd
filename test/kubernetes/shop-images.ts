/** Images of a small shop, by digest, which the process kubelet runs as processes of this machine. */
import { addImages } from './test-images.ts'

/**
 * Answers its version, and fails every `failsEvery`-th user. It counts its answers to users as the local runtime does, ends with code 3 when
 * it is asked for /crash, and when it is to end it answers for another second: endpoints are told of it a moment later.
 */
const shop = (version: string, failsEvery = Number.POSITIVE_INFINITY) =>
  `console.log('shop ${version} begins')
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000))
  let [users, errors] = [0, 0]
  const metrics = () => 'holdfast_requests_total ' + users + '\\nholdfast_request_errors_total ' + errors +
    '\\nholdfast_responses_total{code="200"} ' + (users - errors) + '\\nholdfast_responses_total{code="500"} ' + errors + '\\n'
  require('node:http').createServer((request, response) => {
    if (request.url === '/crash') { console.log('shop ${version} breaks'); process.exit(3) }
    if (request.url === '/metrics') return response.end(metrics())
    if (request.url === '/ready') return response.end('yes')
    users += 1
    const fails = users % ${failsEvery} === 0
    if (fails) errors += 1
    response.writeHead(fails ? 500 : request.url === '/missing' ? 404 : 200, { 'x-version': '${version}' }).end('${version}')
  }).listen(8080)`
/** Runs, and never listens. */
const silent = 'setInterval(() => {}, 1000)'
const broken = `console.log('no configuration'); process.exit(7)`

const scripts = { first: shop('1.0.0'), second: shop('1.1.0'), failing: shop('1.2.0', 4), silent, broken } as const
export type ShopImage = keyof typeof scripts | 'absent'

const letters: Readonly<Record<ShopImage, string>> = {
  first: 'a',
  second: 'b',
  silent: 'c',
  broken: 'd',
  absent: 'e',
  failing: 'f',
}

/** `name@sha256:<digest>` */
export const shopImage = (image: ShopImage): string => `holdfast.test/shop@sha256:${letters[image].repeat(64)}`

export const addShopImages = (kubeconfig: string): Promise<void> =>
  addImages(
    kubeconfig,
    Object.fromEntries(
      Object.entries(scripts).map(([image, script]) => [
        shopImage(image as keyof typeof scripts),
        { command: [process.execPath, '-e', script] },
      ]),
    ),
  )

/** A pod template whose readiness is asked each second. */
export const shopTemplate = {
  spec: {
    terminationGracePeriodSeconds: 2,
    containers: [
      { name: 'app', readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 } },
    ],
  },
}
