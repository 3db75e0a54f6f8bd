/** Why a request to an API server got no answer, in words that a person can act on. Pure. */

/** `certificate`: somebody must change a file. `weather`: another try may help. */
interface TransportFault {
  readonly kind: 'certificate' | 'weather'
  readonly sentence: string
}

const certificates: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself, and is not the authority of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not the one of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not the one of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not the one of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not the one of the kubeconfig',
  CERT_SIGNATURE_FAILURE: 'its authority is not the one of the kubeconfig',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another host than the server of the kubeconfig',
}

const weather: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer',
  ETIMEDOUT: 'the connection took too long',
  UND_ERR_CONNECT_TIMEOUT: 'the connection took too long',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name is not known',
  UND_ERR_ABORTED: 'its proxy refused the connection',
}

/** @param error as `fetch` throws it: the reason is one of its causes */
export function transportFault(
  name: string,
  asked: { readonly verb: string; readonly resource: string },
  error: unknown,
): TransportFault {
  const codes = codesOf(error)
  const distrusted = codes.map((code) => certificates[code]).find((why) => why !== undefined)
  if (distrusted !== undefined)
    return { kind: 'certificate', sentence: `the certificate of ${name} is not accepted: ${distrusted}` }
  if (codes.some((code) => /^ERR_SSL_.*ALERT/.test(code)))
    return { kind: 'certificate', sentence: `${name} does not accept the client certificate of the kubeconfig` }
  if (codes.some((code) => code.startsWith('ERR_SSL_') || code === 'EPROTO'))
    return { kind: 'certificate', sentence: `${name} does not speak TLS at the address of the kubeconfig` }
  if (codes.some((code) => code.startsWith('ERR_OSSL_')))
    return { kind: 'certificate', sentence: `the certificates in the kubeconfig of ${name} cannot be read` }
  const why = codes.map((code) => weather[code]).find((one) => one !== undefined)
  const isLate = codes.includes('TimeoutError')
  const reason = isLate ? ' in time' : why === undefined ? '' : `: ${why}`
  return { kind: 'weather', sentence: `${name} does not answer to ${asked.verb} ${asked.resource}${reason}` }
}

/** The codes of an error and of its causes, the names of errors without a code included. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = []
  for (let one = error, depth = 0; one instanceof Error && depth < 8; one = one.cause, depth++) {
    const { code } = one as { readonly code?: unknown }
    codes.push(typeof code === 'string' ? code : one.name)
    if (one instanceof AggregateError) codes.push(...one.errors.flatMap(codesOf))
  }
  return codes
}
