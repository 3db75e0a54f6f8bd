/** The page of a user who is not signed in. It goes away by itself once the user opens a link in another window. */
import { ServiceList } from '../schema/service.ts'
import type { Stranger } from './stranger.ts'
import { useRead } from './use-read.ts'

const pollMs = 2_000

/** @param stranger why the user is not signed in, as far as that is known */
export function SignIn({ stranger: { link, wasKnown } }: { readonly stranger: Stranger }) {
  useRead(ServiceList, '/v1/services?limit=1', pollMs)
  return (
    <section className="sign-in" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in to Holdfast</h1>
      {link !== null && (
        <p className="caution" role="alert">
          The link did not sign you in: {link}.
        </p>
      )}
      {link === null && wasKnown && (
        <p className="caution" role="alert">
          Your session has ended, or its key was revoked. Once you are signed in again, this page continues where it was.
        </p>
      )}
      <p>Run this where you use the command line. It prints a link that signs you in here, once, within five minutes:</p>
      <pre>holdfast console</pre>
      <p className="quiet">
        You then have the rights of your key. No key yet? Somebody who has one creates yours with <code>holdfast key create</code>
        ; <code>holdfast login</code> stores it. On the machine that runs <code>npm start</code> the first key is stored already.
      </p>
    </section>
  )
}
