/** Which hosts a declared address may name: loopback, and those that the operator names in a setting. */

/**
 * Why this address may not be called; null when it may.
 * @param variable the setting that names the hosts, as `host` or `host:port`
 */
export function hostRefusal(url: string, hosts: readonly string[], variable: string): string | null {
  const { host, hostname } = new URL(url)
  if (isNamed(url, hosts) || ['localhost', '[::1]'].includes(hostname) || /^127(?:\.\d+){3}$/.test(hostname)) return null
  return `${host} is neither loopback nor a host that ${variable} names`
}

export function isNamed(url: string, hosts: readonly string[]): boolean {
  const { host, hostname } = new URL(url)
  return hosts.includes(host) || hosts.includes(hostname)
}
