/** The operator's proxies, by address or network. Only their headers about the origin of a request are believed. */
import { BlockList, isIP, isIPv4 } from 'node:net'
import { list } from './setting.ts'

/** Whether this address is a trusted proxy. An IPv4 address may also be written as IPv6. */
export type TrustedProxies = (address: string) => boolean

/**
 * `10.0.0.9`, `10.0.0.0/8`, `fd00::/8`, separated by commas. A network of all addresses is refused, because it would trust every client.
 */
export const trustedProxies = list.transform((entries, ctx): TrustedProxies => {
  const known = new BlockList()
  for (const entry of entries) {
    const network = networkOf(entry)
    if (network) known.addSubnet(network.address, network.bits, familyOf(network.address))
    else
      ctx.addIssue({
        code: 'custom',
        message: `must be addresses or networks, as 10.0.0.9 or 10.0.0.0/8: ${entry.slice(0, 64)} is none`,
      })
  }
  return (address) => isIP(address) > 0 && known.check(address, familyOf(address))
})

function networkOf(entry: string): { readonly address: string; readonly bits: number } | null {
  const [, address = '', bits] = /^([0-9a-f.:]+)(?:\/([1-9]\d{0,2}))?$/i.exec(entry) ?? []
  const longest = isIPv4(address) ? 32 : 128
  const length = bits === undefined ? longest : Number(bits)
  return isIP(address) > 0 && length <= longest ? { address, bits: length } : null
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')
