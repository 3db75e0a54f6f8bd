/** Images of a small shop, by digest, which the process kubelet runs as processes of this machine. */
import { addImages } from './test-images.ts'

/** Answers its version; ends with code 3 when it is asked for /crash. */
const shop = (version: string) =>
  `console.log('shop ${version} begins'); require('node:http').createServer((request, response) => {
    if (request.url === '/crash') { console.log('shop ${version} breaks'); process.exit(3) }
    response.writeHead(request.url === '/missing' ? 404 : 200, { 'x-version': '${version}' }).end('${version}')
  }).listen(8080)`
/** Runs, and never listens. */
const silent = 'setInterval(() => {}, 1000)'
const broken = `console.log('no configuration'); process.exit(7)`

const scripts = { first: shop('1.0.0'), second: shop('1.1.0'), silent, broken } as const
export type ShopImage = keyof typeof scripts | 'absent'

const letters: Readonly<Record<ShopImage, string>> = { first: 'a', second: 'b', silent: 'c', broken: 'd', absent: 'e' }

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
    containers: [{ name: 'app', readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 } }],
  },
}
