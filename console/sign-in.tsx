/** What somebody sees who is not signed in: the one thing to do. It goes away by itself when a link was opened in another window. */
import { useRead } from './use-read.ts'

const pollMs = 2_000

/** @param why what the API said, such as that a link was used already */
export function SignIn({ why }: { readonly why: string }) {
  useRead('/v1/services?limit=1', pollMs)
  return (
    <section className="sign-in" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in to Holdfast</h1>
      <p>
        Run this where you use the command line. It prints a link that opens this page once, within five minutes, with the rights
        of your key:
      </p>
      <pre>holdfast console</pre>
      <p className="quiet">
        No key yet? Whoever has one mints yours with <code>holdfast key create</code>; <code>holdfast login</code> stores it. On
        the machine that runs <code>npm start</code> the first key is stored already.
      </p>
      <p className="quiet">The API said: {why}.</p>
    </section>
  )
}
